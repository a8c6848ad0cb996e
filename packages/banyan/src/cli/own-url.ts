import { platformSettings } from '../runtime/index.ts'

/** Where an app that was started on this machine with the same settings listens. */
export function ownUrl(): string {
  const port = process.env.PORT ? platformSettings.PORT.parse(process.env.PORT) : 3_000
  return `http://127.0.0.1:${port}`
}
