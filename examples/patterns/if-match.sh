#!/usr/bin/env bash
# Optimistic concurrency: a PUT that names an old version is refused.
source "$(dirname "$0")/lib.sh"
log_in
request PUT "/users/$USER_ID" '{"name":"Customer 1"}' -H 'If-Match: "v2-u0"' | expect api.PRECONDITION_FAILED
