/**
 * A shared cache that can be told to forget. Asking twice does no harm. All pass one suite: `tagPurgeSuite`.
 */
export interface TagPurge {
  /** For logs, figures and the stored position, so another for each cache: `http://cdn:6081/`. */
  readonly name: string
  /**
   * Resolves once nothing that stood under any of the tags is shown any more. What was on its way to the cache meanwhile may
   * still land.
   * @throws `cache.PURGE_FAILED`
   */
  purge(tags: readonly string[], signal: AbortSignal): Promise<void>
}
