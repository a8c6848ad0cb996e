#!/usr/bin/env bash
# Rate limits, told before they are hit.
source "$(dirname "$0")/lib.sh"
curl -sSi "$API/products/1" | expect "RateLimit"
