/** Headers of every answer: nothing here is a page, so nothing may be sniffed, framed, run or referred from it. */
export function createSecurityHeaders({ https }: { readonly https: boolean }): readonly string[] {
  return Object.freeze([
    'X-Content-Type-Options',
    'nosniff',
    'X-Frame-Options',
    'DENY',
    'Referrer-Policy',
    'no-referrer',
    // Only over HTTPS: on plain HTTP browsers ignore it, and a wrong promise locks a host out for a year.
    ...(https ? ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'] : []),
  ])
}

/** For answers that are data. Pages bring their own. */
export const DATA_CSP = ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"] as const

/** For our own pages: scripts and styles from this origin, nothing inline, no other host. */
export const PAGE_CSP = [
  'Content-Security-Policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
] as const
