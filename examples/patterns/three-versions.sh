#!/usr/bin/env bash
# Three ways to name a version, and what a contradiction gets.
source "$(dirname "$0")/lib.sh"
v1='"price":[0-9.]+,' v2='"price":\{"amountMinor":'
curl -sS "$URL/api/v1/products/1" | grep -oE "$v1"
curl -sS "$URL/api/v2/products/1" | grep -oE "$v2"
curl -sS -H "Api-Version: 2" "$URL/api/products/1" | grep -oE "$v2"
curl -sS "$URL/api/products/1?version=2" | grep -oE "$v2"
curl -sS "$URL/api/products/1" | grep -oE "$v1"
curl -sS -H "Api-Version: 1" "$URL/api/v2/products/1" | expect api.UNSUPPORTED_VERSION
