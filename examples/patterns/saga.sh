#!/usr/bin/env bash
# The saga: a declined card turns the checkout back, and the stock returns.
source "$(dirname "$0")/lib.sh"
log_in
before=$(request GET /products/5 | field available)
order=$(place_order pm_declined | field orderId)
request GET "/orders/$order/story" | expect "checkout: reserve compensated"
after=$(request GET /products/5 | field available)
echo "available before $before, after $after"
[ "$before" = "$after" ]
