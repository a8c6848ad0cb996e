#!/usr/bin/env bash
# Cursor pagination: a page names the next one; nothing shifts when products come and go.
source "$(dirname "$0")/lib.sh"
cursor=$(request GET "/products?limit=2" | field nextCursor)
request GET "/products?limit=2&cursor=$cursor" | expect '"id":"3"'
