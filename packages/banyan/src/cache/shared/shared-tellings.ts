import type { CacheLayer, Cause } from '../layer.ts'
import type { Circuit } from '../redis/circuit.ts'
import type { UnheardTags } from './unheard-tags.ts'

export interface SharedTellingsOptions {
  readonly layer: Pick<CacheLayer, 'invalidate'>
  readonly circuit: Circuit
  readonly unheard: UnheardTags
}

/** Tells the shared layer what is old, in the background. */
export interface SharedTellings {
  /** `onHeard`: it has heard, at once and not only when told again. */
  tell(tags: readonly string[], cause: Cause, onHeard?: () => void): void
  /**
   * Tells again what was told in vain, until it fails again. Whoever reads asks for it: a layer that was away for a second, or not yet
   * connected when the first events came, would else be passed by for as long as anything from before may stand there.
   */
  tellAgain(): void
}

export function createSharedTellings({ layer, circuit, unheard }: SharedTellingsOptions): SharedTellings {
  let isTellingAgain = false

  return {
    tell(tags, cause, onHeard) {
      const end = unheard.telling(tags, cause)
      void isHeard(tags, cause).then((hasHeard) => {
        end(hasHeard)
        if (hasHeard) onHeard?.()
      })
    },
    tellAgain() {
      if (isTellingAgain || unheard.firstMissed() === null) return
      isTellingAgain = true
      void tellMissed().finally(() => (isTellingAgain = false))
    },
  }

  async function tellMissed(): Promise<void> {
    for (let missed = unheard.firstMissed(); missed; missed = unheard.firstMissed()) {
      for (const cause of missed.causes) if (!(await isHeard([missed.tag], cause))) return
      unheard.heard(missed)
    }
  }

  /** `false`: nobody knows. */
  function isHeard(tags: readonly string[], cause: Cause): Promise<boolean> {
    return circuit.attempt(async () => {
      await layer.invalidate(tags, cause)
      return true
    }, false)
  }
}
