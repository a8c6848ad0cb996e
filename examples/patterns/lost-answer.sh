#!/usr/bin/env bash
# An answer that was lost is asked for again under the same key: charged once.
source "$(dirname "$0")/lib.sh"
log_in
order=$(place_order pm_timeout | field id)
request GET "/orders/$order/story" | expect "checkout: charge failed"
request GET "/payments/pay_${order#ord_}" | expect '"status":"captured"'
