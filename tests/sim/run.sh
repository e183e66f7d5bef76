#!/usr/bin/env bash
# run.sh SIMULATOR TEST
set -euo pipefail
sim=$1
here=$(cd "$(dirname "$0")" && pwd)
case $2 in
  sim_short)
    # 150 seeds, or 2,000 with GUANHU_LONG: a rare rule shows once in hundreds of runs.
    seeds=150
    [[ -z ${GUANHU_LONG:-} ]] || seeds=2000
    exec "$sim" --seeds "1:$seeds"
    ;;
  sim_regressions) exec "$sim" --seed-file "$here/regressions.txt" ;;
  sim_same_twice)
    first=$("$sim" --seeds 1:20 -v | grep '^seed')
    second=$("$sim" --seeds 1:20 -v | grep '^seed')
    [[ -n $first && $first == "$second" ]] || { echo "the same seeds took two different courses"; exit 1; }
    ;;
  sim_can_fail)
    # A checker that never fires would pass everything else.
    if "$sim" --seeds 1:3 --canary; then
      echo "a change that the city never got was not missed"
      exit 1
    fi
    ;;
  *) exit 2 ;;
esac
