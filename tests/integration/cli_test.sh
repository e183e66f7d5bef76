#!/usr/bin/env bash
# A caretaker's day at the terminal, without a network, against the real programs: cli_test.sh BIN_FOLDER
# Ends with 0 only if every expectation held. Nothing here depends on time.
set -uo pipefail
BIN=$(cd "${1:?folder of the programs}" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
unset GUANHU_DATA GUANHU_PERSON LC_ALL
export LANG=C.UTF-8 HOME=$WORK/home

failed=0
ran=0
fail() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$*" >&2
}
# expect CODE WHAT COMMAND...: output goes to $WORK/out and $WORK/err.
expect() {
  local code=$1 what=$2 got
  shift 2
  ran=$((ran + 1))
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
  got=$?
  [[ $got == "$code" ]] || fail "$what: exit $got instead of $code: $(head -c 400 "$WORK/err")"
}
out_has() { grep -qF -- "$1" "$WORK/out" || fail "no \"$1\" in: $(head -c 400 "$WORK/out")"; }
err_has() { grep -qF -- "$1" "$WORK/err" || fail "no \"$1\" in messages: $(head -c 400 "$WORK/err")"; }
out_is() { [[ $(<"$WORK/out") == "$1" ]] || fail "\"$(head -c 400 "$WORK/out")\" instead of \"$1\""; }
# value EXPRESSION: of the JSON in out, as python sees it in `v`.
value() { python3 -c 'import json,sys
try: v=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))
except Exception as e: print("no such value:", e)' "$WORK/out" "$1" 2>&1; }
value_is() { local got; got=$(value "$1"); [[ $got == "$2" ]] || fail "$1 is \"$got\" instead of \"$2\""; }
g() { "$BIN/guanhu" --data "$WORK/tablet" "$@"; }
c() { "$BIN/guanhuctl" --data "$WORK/county/city" "$@"; }

# --- help, usage
expect 0 "help" "$BIN/guanhu" --help
out_has "inspection"
out_has "Exit codes"
out_has "fund-pool"
out_has "资金流水"
expect 0 "help of a noun" "$BIN/guanhu" fund --help
out_has "approve"
expect 0 "help of an act" "$BIN/guanhuctl" order return --help
out_has "[必填 required]"
expect 0 "help of a command" "$BIN/guanhu" inspection add --help
out_has "Examples:"
expect 2 "no command" "$BIN/guanhu"
expect 2 "unknown command" "$BIN/guanhu" fly
expect 2 "unknown option" "$BIN/guanhuctl" county init --what
expect 2 "a node must be named" "$BIN/guanhuctl" place list
err_has "--data"

# --- the county
expect 0 "sample divisions" "$BIN/guanhuctl" -q sample county --townships 2 --villages 3 --out sample.csv
expect 2 "places from nowhere" "$BIN/guanhuctl" county init --dir county
expect 1 "a table that is not there" "$BIN/guanhuctl" county init --dir county --divisions nothing.csv
expect 0 "county init" "$BIN/guanhuctl" --json -q county init --dir county --divisions sample.csv
value_is 'v["created"], v["rejected"]' "(9, 0)"
[[ $(stat -c %a county/city) == 700 && $(stat -c %a county/root) == 700 ]] || fail "the folders of keys are not private"
for secret in county/city/enrolment county/city/authority; do
  [[ $(stat -c %a $secret) == 600 ]] || fail "$secret is not private"
done
"$BIN/guanhuctl" -q county init --dir county --divisions sample.csv >out 2>err && fail "a county was made over another"
expect 0 "places" c --json place list
value_is 'len(v["places"])' 9
expect 0 "the same table again changes nothing" c --json -q import divisions sample.csv
value_is 'v["created"], v["changed"], v["unchanged"]' "(0, 0, 9)"
sed 's/样例1镇1村/样例1镇改名村/; $a999901100299,差一列' sample.csv >newer.csv
expect 3 "a newer table with one bad row" c --json import divisions newer.csv
value_is 'v["changed"], v["rejected"]' "(1, 1)"
err_has "line 11"
iconv -f UTF-8 -t GB18030 sample.csv >sample.gb.csv
expect 0 "GB18030 is read" c --json -q import divisions sample.gb.csv
value_is 'v["changed"], v["unchanged"]' "(1, 8)"

# --- a device
expect 0 "enrol" c --json -q device enrol --place 样例1镇1村 --name "tablet 1" --parent 127.0.0.1:1 --out tablet.enrolment
[[ $(stat -c %a tablet.enrolment) == 600 ]] || fail "the enrolment file is not private"
expect 1 "no such place" c device enrol --place 没有这个村 --name x --out x.enrolment
err_has "没有这个村"
expect 6 "keys are not written over keys" c device enrol --place 样例1镇1村 --name x --out tablet.enrolment
expect 4 "keys that cannot be written" c device enrol --place 样例1镇1村 --name x --out nowhere/x.enrolment
expect 0 "devices" c --json device list
value_is 'len(v["devices"])' 1
value_is 'sorted(d["tier"] for d in v["devices"])[-1]' village
cp tablet.enrolment open.enrolment && chmod 644 open.enrolment
expect 1 "keys that everybody may read are refused" "$BIN/guanhu" --data other init --from open.enrolment
head -c 200 tablet.enrolment >cut.enrolment && chmod 600 cut.enrolment
expect 2 "half an enrolment file" "$BIN/guanhu" --data other init --from cut.enrolment
[[ ! -e other/enrolment ]] || fail "a refused init left keys behind"
expect 0 "init" g init --from tablet.enrolment
out_has "样例1镇1村"
expect 6 "a second init" g init --from tablet.enrolment
expect 1 "a folder without a node" "$BIN/guanhu" --data nowhere status

# --- the day
expect 0 "asset" g --json asset add --code J-003 --name 3号机井 --at 村口 --point 37.0269,111.9167 \
  --set facility_class=水 --set 造价=1200.50元
well=$(value 'v["records"][0]["code"]')
expect 2 "an asset without a name" g asset add --at 村口
expect 2 "a field that does not exist" g asset add --name x --set depth=3
err_has "location_text"
expect 2 "an enum value that does not exist" g asset add --name x --state broken
err_has "stopped"
expect 2 "a number that is none" g asset edit J-003 --set households_served=viele
expect 2 "a position off the earth" g asset edit J-003 --point 137,0
expect 0 "edit by the code on the sign" g -q asset edit J-003 --state 停用 --set households_served=42
expect 0 "show" g --json show J-003
value_is 'v["json"]["state"], v["json"]["households_served"], v["json"]["cost_fen"]' \
  "('ASSET_STATE_STOPPED', 42, '120050')"
value_is 'v["holding"]["here"], v["holding"]["city"]' "(True, False)"
expect 0 "show by the first characters" g show "${well:0:6}" --history
out_has "3号机井"
expect 1 "no such record" g show ZZZZZZ
expect 0 "clearing a field" g -q asset edit J-003 --set households_served=
expect 0 "show" g --json show J-003
value_is '"households_served" in v["json"]' False

expect 0 "all fine, in the fewest words" g --json inspection add --asset J-003
expect 0 "list" g --json list 巡查记录
value_is 'v["total"], v["records"][0]["json"]["result"]' "('1', 'INSPECTION_RESULT_OK')"
expect 1 "an inspection of nothing" g inspection add --asset Q-999
expect 2 "an inspection without what" g inspection add
expect 0 "something that is not registered" g -q inspection add --sign L-9 --result 未找到 --when "2026-11-25 10:42"
expect 2 "a time that is none" g inspection add --sign L-9 --when yesterday

expect 0 "defect" g --json defect add --asset J-003 --text 水泵不转 --severity 严重
defect=$(value 'v["records"][0]["code"]')
expect 0 "remark" g -q remark add "$defect" --text 已通知水利站
expect 5 "a village may not turn it down" g defect reject "$defect" --reason 不归我管
expect 0 "the village repairs it" g -q defect self-repair "$defect"
expect 2 "a defect is no order" g order accept "$defect"
expect 0 "order" g --json order add --defect "$defect" --asset J-003 --task 更换水泵 --size 小修 --due 2026-12-01
order=$(value 'v["records"][0]["code"]')
expect 2 "giving back needs a reason" g order return "$order"
expect 0 "accept" g -q order accept "$order"
expect 1 "a paid repair is shown" g order "done" "$order" --note 已更换
err_has "photo"
echo "the new pump" >pump.jpg
expect 1 "a photo that is not there is no evidence" g order "done" "$order" --photo nothing.jpg
expect 0 "done, with the photo in the same change" g --json --command-id c-0 order "done" "$order" --note 已更换 \
  --cost 350.00元 --minutes 90 --photo pump.jpg
value_is 'v["json"]["state"], v["life"]["state"], v["life"]["clock"]["breached"]' "('ORDER_STATE_DONE', 'DONE', False)"
expect 0 "the same command again" g --json --command-id c-0 order "done" "$order" --note 已更换 \
  --cost 350.00元 --minutes 90 --photo pump.jpg
value_is 'len(v["life"]["steps"])' 2
expect 0 "the step" g --json list Step --contains 已更换
value_is 'v["total"], v["records"][0]["json"]["amount_fen"]' "('1', '35000')"
expect 0 "the photo" g --json list Attachment --contains pump.jpg
value_is 'v["records"][0]["json"]["media_type"], v["records"][0]["json"]["role"]' \
  "('image/jpeg', 'ATTACHMENT_ROLE_AFTER')"
expect 0 "by state" g --json order list --state 完工
value_is 'v["total"]' 1
expect 0 "by another state" g --json order list --state taken
value_is 'v["total"]' 0
expect 1 "an act that the state does not allow" g order start "$order"
expect 0 "the same, forced: kept and shown with the reason" g -q order start "$order" --force
expect 0 "why" g order show "$order"
out_has "no effect"

echo '{"name":"JSON 桥","facility_class":"FACILITY_CLASS_ROAD"}' >bridge.json
expect 0 "fields from a file" g -q asset add --from bridge.json --code Q-1
echo '{"name":' >bad.json
expect 2 "bad JSON" g asset add --from bad.json
expect 0 "once" g --json --command-id c-1 asset add --name 一次
expect 0 "the same command again" g --json --command-id c-1 asset add --name 一次
value_is 'v["repeated_command"]' True
expect 0 "it is there once" g --json list Asset --contains 一次
value_is 'v["total"]' 1

# --- looking
expect 0 "a list in a pipe has tabs and no headings" g list Asset
[[ $(head -1 "$WORK/out" | awk -F'\t' '{print NF}') == 5 ]] || fail "not five columns: $(head -1 "$WORK/out")"
expect 0 "limit" g --json list --limit 1
value_is 'len(v["records"])' 1
expect 2 "no such type" g list Spaceship
expect 0 "status" g status
out_has "only on this device"
expect 0 "Chinese" g --lang zh status
out_has "只存在本机"
expect 0 "status of each record" g --lang zh status --records
out_has "已存本机"
expect 0 "ledger" g --json ledger count --type Asset --by facility_class
value_is 'int(v["total"])' 3
expect 0 "digest" g --json digest
expect 4 "nobody answers" g -q sync --timeout 5
out_has "safe on this device"
expect 4 "nobody answers, as JSON" g --json -q sync --timeout 5
value_is 'v["ok"], v["done"]' "(False, True)"

# --- tables
printf '设施编号,名称,大类,等级\nT-1,一号灯,电,甲级（关键）\nT-2,二号灯,不知道,\nT-3,三号灯,power,A critical\n' >lamps.csv
expect 3 "a preview" "$BIN/guanhuctl" --data tablet --json -q import assets lamps.csv --preview 2
value_is 'v["rows"], v["bad"], len(v["shown"])' "(3, 1, 2)"
value_is 'v["shown"][1]["errors"][0]["column"]' 大类
[[ ! -e lamps.csv.rejects.csv ]] || fail "a preview wrote rejects"
expect 0 "a preview saves nothing" g --json list Asset --contains 号灯
value_is 'v["total"]' 0
expect 3 "a table with one bad row" "$BIN/guanhuctl" --data tablet --json import assets lamps.csv
value_is 'v["rows"], v["taken"], v["rejected"]' "(3, 2, 1)"
err_has "lamps.csv:3"
[[ -s lamps.csv.rejects.csv ]] || fail "no table of rejects"
expect 3 "again: nothing twice" "$BIN/guanhuctl" --data tablet --json -q import assets lamps.csv
value_is 'v["repeated"]' 2
expect 0 "the rows" g --json list Asset --contains 号灯
value_is 'v["total"]' 2
printf '设施编号,巡查时间,结果\nT-1,2026-11-20,完好\nT-3,2026-11-20,损坏\n' >rounds.csv
expect 0 "inspections by headings" "$BIN/guanhuctl" --data tablet --json -q import inspections rounds.csv
value_is 'v["taken"]' 2
expect 3 "a dry run finds the bad row too" \
  "$BIN/guanhuctl" --data tablet --json -q import assets lamps.csv --dry-run --rejects r.csv
printf 'a,b\n1,2\n' >strange.csv
expect 2 "headings that say nothing" "$BIN/guanhuctl" --data tablet import assets strange.csv

# --- records of other types
expect 2 "a required field is asked for" g fund add --kind donation --amount 12.50元
err_has "预算项目"
expect 2 "an enum that does not exist" g fund add --kind gold
expect 0 "an organisation" g --json org add --name 张三维修队 --kind 合作社
expect 0 "a duty, by the name of the organisation" g --json duty add --asset J-003 --maintainer-org 张三维修队 \
  --from 2026-01-01
expect 0 "edit by the command that the schema makes" g -q org edit "$(g --json org list | python3 -c \
  'import json,sys; print(json.load(sys.stdin)["records"][0]["code"])')" --public-phone 12345
expect 0 "the change" g --json list Org
value_is 'v["records"][0]["json"]["public_phone"]' 12345
expect 0 "an inspection is amended, not edited" g --json list Inspection --limit 1
inspection=$(value 'v["records"][0]["code"]')
expect 2 "an inspection has no edit" g inspection edit "$inspection" --note x
expect 2 "an amendment says why" g inspection amend "$inspection" --note x
expect 0 "an amendment" g --json inspection amend "$inspection" --note 看错了 --why 复核
value_is 'v["records"][0]["type"]' Amendment

# --- an order between two nodes: the city sends, the village gives it back, does it, the city looks at it
serve() {
  printf 'data_dir = "%s"\nlisten = "127.0.0.1:0"\n' "$WORK/county/city" >city.toml
  "$BIN/guanhu-node" --config city.toml >node.out 2>node.err &
  NODE=$!
  trap 'kill "$NODE" 2>/dev/null; wait "$NODE" 2>/dev/null; rm -rf "$WORK"' EXIT
  local i
  for ((i = 0; i < 300; i++)); do
    grep -qs '^ready' node.out && break
    sleep 0.1
  done
  PORT=$(sed -n 's/^ready port=\([0-9]*\).*/\1/p' node.out)
}
exchange() {
  # The second time the tablet learns what the city took.
  g -q sync --to "127.0.0.1:$PORT" >/dev/null && g -q sync --to "127.0.0.1:$PORT" >/dev/null
}
if [[ -x $BIN/guanhu-node ]]; then
  serve
  expect 0 "first exchange" exchange
  expect 0 "the city sends an order" c --json order add --place 样例1镇1村 --task 清淤 --priority 一般
  order=$(value 'v["records"][0]["code"]')
  expect 0 "exchange" exchange
  expect 2 "giving back needs evidence" g order return "$order" --reason 不在本村
  err_has "--photo"
  echo "far away" >far.jpg
  expect 0 "given back" g --json order return "$order" --reason 不在本村 --photo far.jpg
  value_is 'v["life"]["state"]' RETURNED
  expect 5 "a village does not dispatch" g order dispatch "$order" --party 张三维修队
  expect 0 "exchange" exchange
  expect 0 "the city sees why" c --lang zh order show "$order"
  out_has "不在本村"
  out_has "退单 1"
  expect 2 "to whom?" c order dispatch "$order"
  expect 0 "sent again" c --json order dispatch "$order" --party 张三维修队 --reason 就近
  value_is 'v["life"]["steps"][-1]["party"]' "$(c --json org list | python3 -c \
    'import json,sys; print(json.load(sys.stdin)["records"][0]["title"])')"
  expect 0 "exchange" exchange
  expect 0 "given back again" g -q order return "$order" --reason 没有设备 --photo far.jpg
  expect 0 "exchange" exchange
  expect 0 "and sent again" c -q order dispatch "$order" --party 张三维修队
  expect 0 "exchange" exchange
  expect 1 "a third return" g --lang zh order return "$order" --reason 不想干 --photo far.jpg
  err_has "2"
  expect 0 "forced, it has no effect" g --json order return "$order" --reason 不想干 --photo far.jpg --force
  value_is 'v["life"]["state"], v["life"]["steps"][-1]["fate"]' "('DISPATCHED', 'refused')"
  expect 0 "show tells why" g --lang zh order show "$order"
  out_has "未生效"
  expect 0 "finished" g -q order finish "$order" --photo far.jpg --reason 已清淤
  expect 0 "exchange" exchange
  expect 0 "checked by somebody else" c -q order check "$order"
  expect 0 "closed" c --json order close "$order"
  value_is 'v["life"]["state"], v["life"]["clock"]["returns"]' "('CLOSED', 2)"
  expect 0 "exchange" exchange
  expect 0 "the village sees it closed" g --json order show "$order"
  value_is 'v["json"]["state"], [s["fate"] for s in v["life"]["steps"]].count("effective")' \
    "('ORDER_STATE_CLOSED', 7)"
  expect 0 "by state" c --json order list --state 办结
  value_is 'v["total"]' 1
  kill "$NODE" && wait "$NODE"
  trap 'rm -rf "$WORK"' EXIT
fi

# --- the city's acts are the city's
expect 5 "a tablet enrols nobody" "$BIN/guanhuctl" --data tablet device enrol --place 样例1镇1村 --name x --out x.enrolment
expect 0 "doctor" "$BIN/guanhuctl" --data tablet --json doctor
value_is 'v["ok"]' True
expect 0 "nothing held" c --json held list
expect 0 "nothing quarantined" c --json quarantine list
expect 0 "a raised epoch" c --json -q county epoch --root county/root
value_is 'v["epoch"]' 2

# --- what a county starts from
expect 0 "types before" c --json list FacilityType --limit 1000
types=$(value 'len(v["records"])')
expect 0 "the catalogue" c -q catalogue load
expect 0 "the catalogue again" c -q catalogue load
expect 0 "its types" c --json list FacilityType --limit 1000
value_is 'len(v["records"])' $((types + 25))

if ((failed)); then
  echo "$failed of $ran steps failed" >&2
  exit 1
fi
echo "$ran steps, all as expected"
