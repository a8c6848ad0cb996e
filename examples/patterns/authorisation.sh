#!/usr/bin/env bash
# Authorisation from the contract: someone else's resource does not exist for you.
source "$(dirname "$0")/lib.sh"
log_in customer2@example.com
mine=$USER_ID
log_in
request GET "/users/$mine" | expect api.NOT_FOUND
request GET /users | expect api.FORBIDDEN
TOKEN="" request GET "/users/$USER_ID/orders" | expect api.UNAUTHENTICATED
