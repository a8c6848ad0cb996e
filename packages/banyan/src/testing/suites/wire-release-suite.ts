import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../contract/index.ts'
import { isDeclared, systemClock, systemRandom } from '../../core/index.ts'
import { meshErrors } from '../../mesh/index.ts'
import { probe } from './wire-probe.ts'
import type { Releases, WireUnderTest } from './wire-under-test.ts'

/** What a wire between processes of different releases must do. `start` serves and calls as such. */
export function testReleases(start: (releases: Releases) => Promise<WireUnderTest>): void {
  const call = async (releases: Releases) => {
    const { wire, stop } = await start(releases)
    const client = createClient(probe, wire, { clock: systemClock, random: systemRandom })
    const outcome = await client.echo({ data: 1 }).catch((error: unknown) => error)
    const health = await wire.probe!(AbortSignal.timeout(5_000)).catch((error: unknown) => error)
    await stop()
    return { outcome, health }
  }

  for (const [caller, service] of [
    ['1.9.0', '1.10.2'],
    ['1.10.2', '1.9.0'],
    ['unknown', '2.0.0'],
  ] as const) {
    test(`release ${caller} calls ${service}`, async () => {
      assert.deepEqual(await call({ caller, service }), { outcome: { data: 1 }, health: undefined })
    })
  }

  for (const [caller, service] of [
    ['1.9.0', '2.0.0'],
    ['2.0.0', '1.9.0'],
  ] as const) {
    test(`release ${caller} does not call ${service}: both are named, and nothing is carried out`, async () => {
      const { outcome, health } = await call({ caller, service })
      assert.ok(isDeclared(outcome), String(outcome))
      assert.deepEqual(
        [outcome.code, outcome.effect, outcome.retry],
        [meshErrors.INCOMPATIBLE_RELEASE.code, 'not-applied', 'safe'],
      )
      for (const message of [outcome.message, (health as Error).message]) {
        assert.ok(message.includes(`(release ${caller}) calls`), message)
        assert.ok(message.includes(`(release ${service})`), message)
      }
    })
  }
}
