# shellcheck shell=bash
# Helpers of tools/demo: processes, checks, JSON. Source after common.sh; needs BIN (programs) and WORK (a folder).

DEMO_FAILED=0
DEMO_CHECKS=0
declare -A NODE_PID=() # by folder name below WORK

DEMO_BEGUN=$(date +%s%N)

head_line() {
  local ms=$((($(date +%s%N) - DEMO_BEGUN) / 1000000)) bold='' plain=''
  [[ ! -t 1 ]] || bold=$'\033[1m' plain=$'\033[0m'
  printf '\n%s%s%s  (%d.%d s)\n' "$bold" "$*" "$plain" $((ms / 1000)) $((ms % 1000 / 100))
}

# check WHAT COMMAND...: says whether the command is true and remembers a failure.
check() {
  local what=$1
  shift
  DEMO_CHECKS=$((DEMO_CHECKS + 1))
  if "$@"; then
    echo "  ✓ $what"
  else
    echo "  ✗ $what"
    DEMO_FAILED=$((DEMO_FAILED + 1))
  fi
}

quiet() { "$@" >/dev/null; }
same() { [[ $1 == "$2" ]] || { say "    \"$1\" is not \"$2\""; return 1; }; }
at_least() { [[ $1 -ge $2 ]] || { say "    $1 is below $2"; return 1; }; }

# json PATH... <TEXT: for each path of names, indexes and [name=value] a line with its value; "" if there is none.
json() {
  python3 -c '
import json, re, sys
def at(value, path):
    for part in re.findall(r"\[[^\]]*\]|[^.\[]+", path):
        try:
            if part.startswith("["):
                name, _, wanted = part[1:-1].partition("=")
                value = next(v for v in value if str(v.get(name)) == wanted)
            elif part == "#":
                value = len(value)
            else:
                value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, StopIteration):
            return ""
    return value
root = json.load(sys.stdin)
for path in sys.argv[1:]:
    value = at(root, path)
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    print(str(value).lower() if isinstance(value, bool) else value)
' "$@"
}

# The programs on one node's folder: term FOLDER ARGUMENTS..., ctl FOLDER ARGUMENTS...
term() { "$BIN/guanhu" --data "$WORK/$1" "${@:2}"; }
ctl() { "$BIN/guanhuctl" --data "$WORK/$1" "${@:2}"; }

# start_node FOLDER ADDRESS PARENT: serves the folder; sets PORT[FOLDER].
declare -A PORT=()
start_node() {
  local name=$1 listen=$2 parent=$3 log=$WORK/$1.log i
  {
    echo "data_dir = \"$WORK/$name\""
    echo "listen = \"$listen\""
    [[ -z $parent ]] || echo "parent = \"$parent\""
  } >"$WORK/$name.toml"
  : >"$WORK/$name.out"
  "$BIN/guanhu-node" --config "$WORK/$name.toml" >"$WORK/$name.out" 2>>"$log" &
  NODE_PID[$name]=$!
  for ((i = 0; i < 300; ++i)); do
    PORT[$name]=$(sed -n 's/.*ready port=\([0-9]*\).*/\1/p' "$WORK/$name.out")
    [[ -z ${PORT[$name]} ]] || return 0
    kill -0 "${NODE_PID[$name]}" 2>/dev/null || die "$name did not start; its log is $log: $(tail -n 3 "$log")"
    sleep 0.1
  done
  die "$name did not become ready; its log is $log"
}

# kill_node FOLDER: as a power failure does.
kill_node() {
  kill -9 "${NODE_PID[$1]}" 2>/dev/null || true
  wait "${NODE_PID[$1]}" 2>/dev/null || true
  unset "NODE_PID[$1]"
}

stop_nodes() {
  local name
  for name in "${!NODE_PID[@]}"; do kill "${NODE_PID[$name]}" 2>/dev/null || true; done
  for name in "${!NODE_PID[@]}"; do wait "${NODE_PID[$name]}" 2>/dev/null || true; done
  NODE_PID=()
}

# sync_once FOLDER [OPTIONS...]: prints the closing sentence and adds up the bytes in BYTES[FOLDER]; true if all went.
declare -A BYTES=()
sync_once() {
  local name=$1 answer begun bytes
  shift
  begun=$(date +%s%N)
  answer=$(term "$name" --json -q sync --timeout 60 "$@") || true
  [[ -n $answer ]] || { echo "  $name: no answer"; return 1; }
  begun=$((($(date +%s%N) - begun) / 1000000))
  mapfile -t answer < <(json ok bytes_in bytes_out sentence_en sentence_zh <<<"$answer")
  bytes=$((answer[1] + answer[2]))
  BYTES[$name]=$((${BYTES[$name]:-0} + bytes))
  printf '  %s: %s (%d B, %d ms)\n      %s\n' "$name" "${answer[3]}" "$bytes" "$begun" "${answer[4]}"
  [[ ${answer[0]} == true ]]
}

# digest_of FOLDER PLACE: what the node holds at and below a place: its journals' and its records' digest.
digest_of() { ctl "$1" digest --place "$2" | awk -F'\t' 'END { print $4, $5 }'; }

# wait_equal UPPER LOWER PLACE SECONDS: until both hold the same at and below the place.
wait_equal() {
  local i
  for ((i = 0; i < $4 * 5; ++i)); do
    [[ $(digest_of "$1" "$3") != "$(digest_of "$2" "$3")" ]] || return 0
    sleep 0.2
  done
  return 1
}

# counts_of FOLDER TYPE...: how many records of each type the node holds.
counts_of() {
  ctl "$1" -q ledger count --type "" --by type | awk -F'\t' -v types="${*:2}" '
    { n[$1] = $2 }
    END { m = split(types, t, " "); for (i = 1; i <= m; ++i) printf "%12d", n[t[i]] }'
}
