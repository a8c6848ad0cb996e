#!/usr/bin/env bash
# Health, readiness and metrics.
source "$(dirname "$0")/lib.sh"
curl -sS "$URL/health/live" | expect '"success":true'
curl -sS "$URL/health/ready" | expect '"success":true'
curl -sS "$URL/metrics" | expect banyan_
