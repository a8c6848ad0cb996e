import { readSources } from '../../walls/sources.ts'

/** What the page quotes of a report of `banyan chaos`; the report holds more. */
export interface Campaign {
  readonly file: string
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly load: number }
  readonly topology: string
  readonly seed: number
  readonly orders: number
  readonly faults: Readonly<Record<string, number>>
  readonly violations: number
  readonly passed: boolean
  readonly audit: readonly { readonly invariant: string; readonly verdict: string; readonly checked: number }[]
}

export const REPORTS = 'chaos/reports'

/** The committed reports of campaigns, the largest first; other reports in the folder are passed over. */
export function readCampaigns(root: string): readonly Campaign[] {
  return readSources(`${root}/${REPORTS}`, ['.json'])
    .map(({ path, text }) => ({ ...(JSON.parse(text) as Campaign), file: `${REPORTS}/${path}` }))
    .filter((report) => Array.isArray(report.audit) && report.orders > 0)
    .toSorted((a, b) => b.orders - a.orders)
}

/** Rows that the audits after passed campaigns looked at for an invariant, and found nothing. */
export function rowsChecked(campaigns: readonly Campaign[], invariant: string): number {
  const sound = campaigns.filter(({ passed }) => passed).flatMap(({ audit }) => audit)
  return sound
    .filter((finding) => finding.invariant === invariant && finding.verdict === 'holds')
    .reduce((sum, { checked }) => sum + checked, 0)
}
