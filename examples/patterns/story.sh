#!/usr/bin/env bash
# The story of an order, in causal order.
source "$(dirname "$0")/lib.sh"
log_in
order=$(place_order pm_error | field id)
request GET "/orders/$order/story" | grep -oE '"what":"[^"]*"' | expect "orders.order-confirmed.v1"
