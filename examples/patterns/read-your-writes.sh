#!/usr/bin/env bash
# A read model lags by moments; with the token of the write, the read waits for that write.
source "$(dirname "$0")/lib.sh"
log_in
answer=$(place_order pm_visa -i | tr -d '\r')
order=$(field id <<<"$answer")
token=$(grep -i '^consistency-token:' <<<"$answer")
echo "${token:0:60}…"
request GET "/users/$USER_ID/order-history?limit=1" '' -H "$token" | expect "$order"
