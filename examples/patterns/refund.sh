#!/usr/bin/env bash
# Compensation with money: a cancelled order is refunded, and a second cancel joins the first.
source "$(dirname "$0")/lib.sh"
log_in
order=$(place_order pm_visa | field id)
request POST "/orders/$order/cancel" | expect '"status":"cancelled"'
request POST "/orders/$order/cancel" | expect '"status":"cancelled"'
request GET "/payments/pay_${order#ord_}" | expect '"status":"refunded"'
