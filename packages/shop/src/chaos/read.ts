import { systemClock } from 'banyan/core'
import type { Answer, WorkloadClient } from 'banyan/runtime'

const MOST_ATTEMPTS = 60
const PAUSE_MS = 500

/**
 * A read for the judgement. A shop that has just been overloaded goes on refusing some calls for a while, and says that they may be
 * repeated: half a minute is given. @throws when it cannot be read.
 */
export async function read(client: WorkloadClient, path: string, token?: string): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await client.request('GET', path, token === undefined ? {} : { token })
    if (answer?.status === 200) return answer
    if (attempt === MOST_ATTEMPTS || answer?.body.error?.retry === 'never') {
      throw new Error(`${path} cannot be read: ${JSON.stringify(answer?.body)}`)
    }
    await systemClock.sleep(PAUSE_MS)
  }
}
