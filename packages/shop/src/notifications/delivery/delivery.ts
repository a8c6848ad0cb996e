import type { Message } from '../message.ts'

/** Hands mail on. Called again with the same message when its answer was lost. */
export interface Delivery extends AsyncDisposable {
  /** @throws `notifications.MAIL_REFUSED`: never again; anything else: worth another attempt. */
  deliver(message: Message): Promise<void>
}
