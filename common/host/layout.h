// Where things stand in a node's data folder. Everything in it belongs to one operating-system user, mode 0700.
#pragma once

#include <string>

namespace guanhu::host {

inline std::string EnrolmentPath(const std::string& dir) { return dir + "/enrolment"; }  // secret: the node's keys
inline std::string AuthorityPath(const std::string& dir) {
  return dir + "/authority";
}  // secret, city only: the TLS authority
inline std::string StorePath(const std::string& dir) { return dir + "/store"; }
inline std::string SocketPath(const std::string& dir) { return dir + "/node.sock"; }
inline std::string PortPath(const std::string& dir) { return dir + "/port"; }         // of a server, while it runs
inline std::string PublicPortPath(const std::string& dir) { return dir + "/public-port"; }  // its public door's
inline std::string RepairPath(const std::string& dir) { return dir + "/repairing"; }  // while records must be made anew

}  // namespace guanhu::host
