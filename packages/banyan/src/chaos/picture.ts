import type { ChaosReport } from './report.ts'

/** The run as a picture (SVG): goodput over time, a mark for each fault. */
export function drawReport(report: ChaosReport): string {
  const { goodput, injected } = report
  const rates = goodput.visits.map((visits) => visits / goodput.bucketS)
  const durationS = Math.max(1, goodput.visits.length * goodput.bucketS)
  const highest = Math.max(1, ...rates)
  const x = (atS: number) => round(LEFT + (Math.min(atS, durationS) / durationS) * PLOT_WIDTH)
  const y = (rate: number) => round(TOP + PLOT_HEIGHT - (rate / highest) * PLOT_HEIGHT)
  const line = rates.map((rate, index) => `${x((index + 0.5) * goodput.bucketS)},${y(rate)}`).join(' ')
  const kinds = [...new Set(injected.map(({ kind }) => kind))].toSorted()
  const colourOf = (kind: string) => COLOURS[kinds.indexOf(kind as never) % COLOURS.length]!
  const marks = injected.map(
    ({ kind, atS, proof }) =>
      `<line x1="${x(atS)}" x2="${x(atS)}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}" stroke="${colourOf(kind)}" stroke-opacity="0.45"><title>${escape(`${atS} s: ${kind}, ${proof ?? 'no effect'}`)}</title></line>`,
  )
  const legend = kinds.map((kind, index) => {
    const count = injected.filter((fault) => fault.kind === kind).length
    return `<text x="${LEFT + 130 * index}" y="${HEIGHT - 8}" fill="${colourOf(kind)}">┃ ${count} × ${escape(kind)}</text>`
  })
  const title = `${report.name}: ${report.orders} orders, ${injected.length} faults, ${report.violations} violations`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="18" font-size="14">${escape(title)}</text>
<text x="${LEFT - 6}" y="${y(highest) + 4}" text-anchor="end">${Math.round(highest)}/s</text>
<text x="${LEFT - 6}" y="${y(0) + 4}" text-anchor="end">0</text>
<text x="${LEFT + PLOT_WIDTH}" y="${y(0) + 16}" text-anchor="end">${durationS} s</text>
${marks.join('\n')}
<polyline fill="none" stroke="#222" stroke-width="1.5" points="${line}"/>
<path d="M${LEFT} ${TOP}V${TOP + PLOT_HEIGHT}H${LEFT + PLOT_WIDTH}" fill="none" stroke="#888"/>
${legend.join('\n')}
</svg>
`
}

const [WIDTH, HEIGHT, LEFT, TOP] = [960, 300, 60, 32]
const [PLOT_WIDTH, PLOT_HEIGHT] = [WIDTH - LEFT - 20, HEIGHT - TOP - 50]
const COLOURS = ['#c0392b', '#2471a3', '#b9770e', '#1e8449', '#7d3c98', '#117a65', '#873600', '#566573']

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
