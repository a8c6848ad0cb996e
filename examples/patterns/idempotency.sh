#!/usr/bin/env bash
# A key makes a repeat harmless: same answer, one order.
source "$(dirname "$0")/lib.sh"
log_in
key="example-$RANDOM$RANDOM"
first=$(place_order pm_visa -H "Idempotency-Key: $key" | field id)
again=$(place_order pm_visa -H "Idempotency-Key: $key" | field id)
echo "first $first, again $again"
[ "$first" = "$again" ]
place_order pm_declined -H "Idempotency-Key: $key" | expect api.KEY_REUSED
