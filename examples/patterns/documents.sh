#!/usr/bin/env bash
# Free JSON documents beside relational columns, searched through an index.
source "$(dirname "$0")/lib.sh"
attribute=$(request GET "/products?limit=1" | sed -E 's/.*"attributes":\{"([a-zA-Z]+)":"([^"]+)".*/\1:\2/')
echo "searching $attribute"
request GET "/products?search=$(sed "s/ /%20/g" <<<"$attribute")&limit=3" | expect "${attribute#*:}"
