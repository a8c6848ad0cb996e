#!/usr/bin/env bash
# A read model as documents, joined from the events of several services.
source "$(dirname "$0")/lib.sh"
log_in
order=$(place_order pm_visa | field id)
for _ in $(seq 50); do
  request GET "/users/$USER_ID/order-history?limit=5" | grep -F "$order" | cut -c 1-160 && exit 0
  sleep 0.1
done
exit 1
