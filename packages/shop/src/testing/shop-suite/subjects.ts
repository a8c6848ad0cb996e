import { refresh, signUpAndLogIn } from './accounts.ts'
import { refunds, stock } from './administration.ts'
import { cancelled } from './cancelling.ts'
import type { Cast } from './cast.ts'
import { browse, conditionalReads } from './catalogue.ts'
import { confirmed, declined, outOfStock } from './checkout.ts'
import { keyReused, sameKeyAgain } from './keys.ts'
import { history, lists, story, strangers } from './reading-orders.ts'
import { refusals } from './refusals.ts'
import { pending } from './waiting.ts'

/** One part of what a shop promises to those who only know its URL. */
export interface Subject {
  readonly name: string
  /** @throws where the shop answers otherwise. */
  readonly run: (cast: Cast) => Promise<void>
}

/** What must hold of the shop wherever its services run and whatever lies between them. */
export const subjects: readonly Subject[] = [
  { name: 'sign-up and log-in', run: signUpAndLogIn },
  { name: 'refresh', run: refresh },
  { name: 'browse, versions 1 and 2', run: browse },
  { name: 'ETag, 304, If-Match', run: conditionalReads },
  { name: 'checkout confirmed', run: confirmed },
  { name: 'card declined, stock back', run: declined },
  { name: 'out of stock', run: outOfStock },
  { name: 'cancel, stock and money back', run: cancelled },
  { name: 'same key twice, and at once', run: sameKeyAgain },
  { name: 'key reused', run: keyReused },
  { name: 'strangers see nothing', run: strangers },
  { name: 'lists and pages', run: lists },
  { name: 'order history', run: history },
  { name: 'story', run: story },
  { name: 'stock by the admin', run: stock },
  { name: 'refunds by the admin', run: refunds },
  { name: 'pending and waiting', run: pending },
  { name: 'refusals in one envelope', run: refusals },
]
