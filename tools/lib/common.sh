# shellcheck shell=bash
# Shared by the scripts in tools/. Source it; it changes nothing by itself except setting GUANHU_ROOT.
# Everything for people goes to stderr, so that a script's own output can be piped.

GUANHU_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tools/lib/packages.sh
source "$GUANHU_ROOT/tools/lib/packages.sh"

GUANHU_JOBS_MAX=2 # a compiler of one gRPC source takes up to 1 GB of memory

say() { printf '%s\n' "$*" >&2; }

# Ends the script with a sentence.
die() {
  say "$*"
  exit 1
}

jobs_to_use() {
  local cores
  cores=$(nproc)
  echo $((cores < GUANHU_JOBS_MAX ? cores : GUANHU_JOBS_MAX))
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# require_packages LOG NAME...: installs by name what is missing and touches nothing when nothing is.
require_packages() {
  local log=$1 missing=() name
  shift
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "This script installs what it needs with apt-get and knows Debian 12. On another system install: $*"
  fi
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    local by_hand="apt-get install --no-install-recommends ${missing[*]}"
    command -v sudo >/dev/null || die "Packages are missing and this is not root: run this once as root, or: $by_hand"
    sudo -n true 2>/dev/null || [[ -t 0 ]] || die "Packages are missing and sudo asks for a password; run: $by_hand"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  run_logged "$log" "apt-get update" "${as_root[@]}" apt-get update
  run_logged "$log" "apt-get install" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# run_logged LOG WHAT COMMAND...: quiet when it works; on failure shows the end of the log and ends the script.
run_logged() {
  local log=$1 what=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    say "--- the last lines of ${log#"$GUANHU_ROOT"/}"
    tail -n 60 "$log" >&2
    die "$what failed; the whole log is ${log#"$GUANHU_ROOT"/}"
  fi
}

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
  local preset=$1 target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  local folder=$GUANHU_ROOT/build/$preset
  say "Configuring and building, preset $preset"
  run_logged "$folder/configure.log" "Configuring" cmake -S "$GUANHU_ROOT" --preset "$preset"
  run_logged "$folder/build.log" "Building" cmake --build "$folder" --parallel "$(jobs_to_use)" "${targets[@]}"
}
