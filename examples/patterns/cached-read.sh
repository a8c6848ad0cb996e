#!/usr/bin/env bash
# The gateway answers from its own copy, and says so; what an order changes is gone from it before the buyer hears of the order.
source "$(dirname "$0")/lib.sh"
available() { request GET /products/5 | field available; }
available >/dev/null
request GET /products/5 '' -i | tr -d '\r' | expect 'X-Cache: l1-hit'
before=$(available)
log_in
place_order pm_visa >/dev/null
after=$(available)
echo "available: $before, then $after"
[ "$after" -eq $((before - 2)) ]
