#!/usr/bin/env bash
# An API key with one scope.
source "$(dirname "$0")/lib.sh"
log_in
key=$(request POST "/users/$USER_ID/api-keys" '{"name":"example","scopes":["orders:read"]}' | field key)
curl -sS -H "X-Api-Key: $key" "$API/users/$USER_ID/orders?limit=1" | expect '"success":true'
TOKEN=$key request POST "/users/$USER_ID/orders" '{"items":[{"productId":"5","quantity":1}],"paymentMethod":"pm_visa"}' | expect api.FORBIDDEN
