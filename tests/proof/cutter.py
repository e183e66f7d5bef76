"""A relay for one TCP address that harms what passes: cuts after a number of bytes, or flips one bit.

Threads end with close(); everything is on loopback.
"""
import socket
import threading


class Cutter:
    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.up_limit = None    # bytes from the caller that pass; what comes later is swallowed
        self.flip_at = None     # position of a byte from the caller that arrives with one bit changed
        self.up = self.down = 0  # bytes that came
        self.harmed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def _accept(self):
        while True:
            try:
                caller, _ = self._listener.accept()
                called = socket.create_connection(self.target)
            except OSError:
                return
            with self._lock:
                self._sockets += [caller, called]
            threading.Thread(target=self._pass, args=(caller, called, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(called, caller, False), daemon=True).start()

    def _harm(self, data):
        before, self.up = self.up, self.up + len(data)
        if self.up_limit is not None and self.up > self.up_limit:
            self.harmed = True
            # Swallow the rest; the other direction goes on, then the line is dead.
            threading.Timer(0.4, self.hang_up).start()
            return data[:max(self.up_limit - before, 0)]
        if self.flip_at is not None and before <= self.flip_at < self.up:
            self.harmed = True
            at = self.flip_at - before
            return data[:at] + bytes([data[at] ^ 4]) + data[at + 1:]
        return data

    def _pass(self, source, sink, up):
        try:
            while data := source.recv(65536):
                if up:
                    data = self._harm(data)
                else:
                    self.down += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def hang_up(self):
        with self._lock:
            for s in self._sockets:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()
            self._sockets = []

    def close(self):
        self._listener.close()
        self.hang_up()
