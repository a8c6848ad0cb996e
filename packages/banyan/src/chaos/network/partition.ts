/** A way to a server that can be cut: nothing arrives, and nobody is told. */
export interface Partition extends AsyncDisposable {
  /** Where the server is reached through it. */
  readonly place: { readonly host: string; readonly port: number }
  /** How it is cut. */
  readonly means: string
  cut(): Promise<void>
  /** @returns how much of what was sent meanwhile did not get through. */
  heal(): Promise<number>
}
