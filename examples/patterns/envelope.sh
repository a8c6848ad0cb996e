#!/usr/bin/env bash
# One envelope on every answer: success, list, error.
source "$(dirname "$0")/lib.sh"
request GET /products/1 | expect '{"success":true,"data":{"id":"1"'
request GET "/products?limit=2" | expect '"page":{"limit":2,"nextCursor":"'
request GET /nowhere | expect '{"success":false,"error":{"code":"'
