# shellcheck shell=bash
# The story that tools/demo tells, one function a chapter. Uses the helpers of demo_steps.sh.
# Folders below WORK: city, town1 and town2 are served by processes; a1 and a2 are the tablets of village A (town 1), b1
# that of village B (town 1), c1 that of village C (town 2), which reaches the city straight.

make_county() {
  head_line "1. The county: keys, places, devices · 建立县级目录、密钥和设备"
  local source=(--sample) places
  [[ -z $divisions ]] || source=(--divisions "$divisions")
  "$BIN/guanhuctl" county init --dir "$WORK/county" "${source[@]}"
  ln -s county/city "$WORK/city"
  start_node city 127.0.0.1:0 ""
  places=$(ctl city --json place list)
  read -r TOWN1 TOWN2 VILLAGE_A VILLAGE_B VILLAGE_C < <(python3 -c '
import json, sys
rows = json.load(sys.stdin)["places"]
children = {}
for row in rows:
    children.setdefault(row["parent"], []).append(row)
root = next(r for r in rows if not r["parent"].strip("0"))
by_code = lambda r: r["code"]
towns = [t for t in sorted(children[root["id"]], key=by_code) if len(children.get(t["id"], [])) > 1]
def villages(town):
    return sorted(children[town["id"]], key=by_code)
a, b = villages(towns[0])[:2]
print(towns[0]["id"], towns[1]["id"], a["id"], b["id"], villages(towns[1])[0]["id"])' <<<"$places")
  check "places in the signed tree: $(json 'places.#' <<<"$places")" at_least "$(json 'places.#' <<<"$places")" 10
  local town
  for town in "town1 $TOWN1" "town2 $TOWN2"; do
    enrol_and_init ${town} "127.0.0.1:${PORT[city]}"
    start_node "${town% *}" 127.0.0.1:0 "127.0.0.1:${PORT[city]}"
  done
  enrol_and_init a1 "$VILLAGE_A" "127.0.0.1:${PORT[town1]}"
  enrol_and_init a2 "$VILLAGE_A" "127.0.0.1:${PORT[town1]}"
  enrol_and_init b1 "$VILLAGE_B" "127.0.0.1:${PORT[town1]}"
  enrol_and_init c1 "$VILLAGE_C" "127.0.0.1:${PORT[town2]}"
  ctl city device list
}

# enrol_and_init FOLDER PLACE PARENT
enrol_and_init() {
  ctl city -q device enrol --place "$2" --name "$1" --parent "$3" --out "$WORK/$1.enrolment" >/dev/null
  "$BIN/guanhu" -q --data "$WORK/$1" init --from "$WORK/$1.enrolment" >/dev/null
}

first_assets() {
  head_line "2. First assets of village A reach the township · 村里登记设施，传到乡镇"
  WELL=$(term a1 --json asset add --code J-003 --name 3号机井 --at 村口 --set facility_class=水 | json records.0.code)
  LAMP=$(term a1 --json asset add --code L-007 --name 7号路灯 --set facility_class=电 | json records.0.code)
  sync_once a1
  check "the township has the well" quiet term town1 --json show "$WELL"
  sync_once a2
  check "the second tablet of the village has it too" quiet term a2 --json show J-003
}

offline_day() {
  head_line "3. Everybody works without a network · 断网期间各自工作"
  term a1 -q asset edit J-003 --name 3号机井（村东） --set households_served=42
  term town1 -q asset edit "$WELL" --name 三号深井 --at 村东50米
  term a1 -q inspection add --asset L-007
  term a2 -q inspection add --asset J-003 --result 损坏 --note 水泵不转
  DEFECT=$(term a2 --json defect add --asset J-003 --text 水泵不转，停水 --severity 严重 | json records.0.code)
  term a2 -q remark add "$DEFECT" --text 已通知水利站
  term b1 -q asset add --code G-001 --name 村北公厕 --set facility_class=人居环境
  term b1 -q inspection add --asset G-001
  FIX=$(term b1 --json defect add --asset G-001 --text 门锁坏 | json records.0.code)
  term b1 -q defect self-repair "$FIX"
  term b1 -q defect fixed "$FIX"
  term c1 -q asset add --code Q-002 --name 石桥 --set facility_class=路
  term c1 -q inspection add --asset Q-002 --result 轻微问题 --note 栏杆松动
  local status
  status=$(term a1 --json status)
  local own up
  read -r own up < <(json own_changes at_township <<<"$status" | xargs)
  check "before syncing, a1 claims nothing for its new work: $up of $own at the township" at_least $((own - up)) 2
}

power_failure() {
  head_line "4. The township's server dies in the middle and comes back · 乡镇服务器断电后重启"
  sync_once a1 >"$WORK/cut.txt" 2>&1 &
  local sync=$!
  sleep 0.1 # somewhere in the exchange; wherever it is, nothing may be lost
  kill_node town1
  wait "$sync" || true
  sed 's/^/  /' "$WORK/cut.txt"
  sync_once b1 || echo "  (b1 keeps its work and tries later · 本机保存，稍后再传)"
  check "b1 still has its defect" quiet term b1 --json show "$FIX"
  start_node town1 "127.0.0.1:${PORT[town1]}" "127.0.0.1:${PORT[city]}"
  check "the township came back with the clerk's edit" \
    same "$(term town1 --json show "$WELL" --history | json json.location_text)" 村东50米
}

everybody_syncs() {
  head_line "5. Network again: everybody syncs; c1 goes straight to the city · 联网同步，c1 直连市级"
  sync_once c1 --to "127.0.0.1:${PORT[city]}"
  check "the city has the bridge of village C" same "$(term city --json list Asset --contains Q-002 | json total)" 1
  check "township 2 got it from the city" wait_equal city town2 "$TOWN2" 60
  local name
  for name in a1 a2 b1; do sync_once "$name"; done
  check "city and township 1 are equal" wait_equal city town1 "$TOWN1" 60
  ORDER=$(term town1 --json order add --defect "$DEFECT" --asset "$WELL" --task 更换水泵 --size 小修 |
    json records.0.code)
  for name in a1 a2 b1; do sync_once "$name" >/dev/null; done
  term a2 -q order take "$ORDER"
  echo "the new pump" >"$WORK/pump.jpg"
  term a2 -q order finish "$ORDER" --reason 已更换水泵 --cost 350.00元 --minutes 90 --photo "$WORK/pump.jpg"
  # Twice: the second answer of the township knows what the city took meanwhile.
  for name in a2 a1 b1; do sync_once "$name" >/dev/null; done
  wait_equal city town1 "$TOWN1" 60 || true
  sync_once c1 >/dev/null
  for name in a2 a1 b1; do sync_once "$name"; done
  check "village A: tablet 1 and township are equal" wait_equal town1 a1 "$VILLAGE_A" 5
  check "village A: tablet 2 and township are equal" wait_equal town1 a2 "$VILLAGE_A" 5
  check "village B: tablet and township are equal" wait_equal town1 b1 "$VILLAGE_B" 5
  check "village C: tablet and city are equal" wait_equal city c1 "$VILLAGE_C" 5
  check "township 1 and city are equal" wait_equal city town1 "$TOWN1" 60
  check "township 2 and city are equal" wait_equal city town2 "$TOWN2" 60
  check "the order is done, as the city sees it" \
    same "$(term city --json show "$ORDER" | json json.state)" ORDER_STATE_DONE
}

look_at_conflict() {
  head_line "6. The same asset was edited twice: one field each, one field both · 同一设施两边都改过"
  local name
  for name in a1 town1 city; do
    local view
    view=$(term "$name" --json show "$WELL")
    mapfile -t view < <(json json.households_served json.location_text 'fields[name=name].siblings.#' \
      'fields[name=name].siblings.0.author.tier' 'fields[name=name].siblings.1.author.tier' <<<"$view")
    check "$name: the village's field is there (42 households)" same "${view[0]}" 42
    check "$name: the township's field is there" same "${view[1]}" 村东50米
    check "$name: both names are kept" same "${view[2]}" 2
    check "$name: it says who wrote them" same "$(printf '%s\n' "${view[@]:3}" | sort | xargs)" "township village"
  done
  echo
  term city --lang zh show "$WELL" | sed 's/^/  /'
}

who_holds_what() {
  head_line "7. Which tier holds the caretaker's records · 管护员的记录存到了哪一级"
  local name own city
  term a2 --lang zh status --records | sed 's/^/  /'
  for name in a1 a2 b1 c1; do
    read -r own city < <(term "$name" --json status | json own_changes at_city | xargs)
    check "$name: all $own of its changes are at the city" same "$city" "$own"
  done
  term a2 --lang zh status | sed 's/^/  /'
}

decide_conflict() {
  head_line "8. A person decides; both values stay in the history · 人工裁定，两个值都留在历史里"
  local view change name
  view=$(term town1 --json show "$WELL")
  change=$(json 'fields[name=name].siblings[text=3号机井（村东）].change' <<<"$view")
  ctl town1 -q conflicts resolve "$WELL" --field name --take "$change" --reason 现场核对 >/dev/null
  check "township 1 and city are equal again" wait_equal city town1 "$TOWN1" 60
  for name in a1 a2; do sync_once "$name"; done
  for name in a1 a2 town1 city; do
    view=$(term "$name" --json show "$WELL" --history)
    check "$name: the village's name holds, no conflict is left" \
      same "$(json json.name <<<"$view") $(json conflicts <<<"$view")" "3号机井（村东） 0"
    check "$name: the other name is still in the history" grep -q 三号深井 <<<"$(json history <<<"$view")"
  done
}

# Real records at scale: water points at a township, down to a tablet and up to the city; twelve yearly surveys of the
# same street blocks at a tablet, up through all tiers.
real_tables() {
  head_line "9. Real tables through all three tiers · 真实数据规模测试"
  local mappings=$GUANHU_ROOT/tools/mappings answer begun
  cd "$WORK"
  begun=$(date +%s%N)
  answer=$(ctl town1 --json -q import assets "$1/waterpoints/malawi_2022_functionality.csv.gz" \
    --mapping "$mappings/malawi_waterpoints.toml" --place "$VILLAGE_A" 2>"$WORK/malawi.txt") || true
  echo "  Malawi water points at the township: $answer"
  check "water points: rows were taken" at_least "$(json taken <<<"$answer")" 1000
  check "the city has them" wait_equal city town1 "$TOWN1" 300
  check "tablet a1 fetches them" sync_once a1
  check "tablet a1 and township are equal" wait_equal town1 a1 "$VILLAGE_A" 10
  echo "  three tiers in $((($(date +%s%N) - begun) / 1000000)) ms"
  begun=$(date +%s%N)
  answer=$(ctl b1 --json -q import assets "$1/inspections/syracuse_road_ratings_2000_2011.csv.gz" \
    --mapping "$mappings/syracuse_roads.toml" 2>"$WORK/syracuse.txt") || true
  echo "  Twelve surveys of the same street blocks at tablet b1: $answer"
  check "road ratings: rows were taken" at_least "$(json taken <<<"$answer")" 1000
  check "tablet b1 hands them up" sync_once b1
  check "township 1 and city are equal" wait_equal city town1 "$TOWN1" 300
  check "tablet b1 and city are equal" wait_equal city b1 "$VILLAGE_B" 10
  echo "  three tiers in $((($(date +%s%N) - begun) / 1000000)) ms"
}

# summary STARTED_NS
summary() {
  head_line "What each node holds · 各节点存有什么"
  printf '  %-8s%12s%12s%12s%12s%12s  %s\n' node Asset Inspection Defect WorkOrder Remark "digest of its places"
  local name place
  for name in city town1 town2 a1 a2 b1 c1; do
    case $name in
      city | town1) place=$TOWN1 ;;
      town2) place=$TOWN2 ;;
      a1 | a2) place=$VILLAGE_A ;;
      b1) place=$VILLAGE_B ;;
      *) place=$VILLAGE_C ;;
    esac
    printf '  %-8s%s  %s\n' "$name" "$(counts_of "$name" Asset Inspection Defect WorkOrder Remark)" \
      "$(digest_of "$name" "$place" | cut -c1-33)"
  done
  echo "  (节点: 设施、巡查记录、问题、工单、备注的条数，本级属地的日志和记录校验值)"
  for name in city town1 town2; do
    check "$name: every hash, signature and record of its store is sound" quiet ctl "$name" -q doctor
  done
  head_line "Bytes on the way of terminals, both directions · 终端收发字节"
  for name in a1 a2 b1 c1; do printf '  %-8s %10s B\n' "$name" "${BYTES[$name]:-0}"; done
  echo
  echo "$((DEMO_CHECKS - DEMO_FAILED)) of $DEMO_CHECKS checks are true · 检查通过; $((($(date +%s%N) - $1) / 1000000)) ms"
}

next_commands() {
  cat <<TEXT

Everything runs on. Try · 可以接着试:
  export PATH=$BIN:\$PATH
  guanhu --data $WORK/a1 --lang zh list
  guanhu --data $WORK/a1 show J-003 --history
  guanhu --data $WORK/a1 inspection add --asset J-003 && guanhu --data $WORK/a1 sync
  guanhuctl --data $WORK/city ledger summary --by township,class
To end it · 结束: kill ${NODE_PID[*]} && rm -r $WORK
TEXT
}
