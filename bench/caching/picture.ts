import type { StrategyFigures } from './strategies.ts'

interface Panel {
  readonly title: string
  readonly valueOf: (figures: StrategyFigures) => number
  readonly show: (value: number) => string
}

const PANELS: readonly Panel[] = [
  { title: 'hit rate', valueOf: (of) => of.hitRate, show: (value) => `${(value * 100).toFixed(0)} %` },
  { title: 'worst staleness', valueOf: (of) => of.worstStalenessMs, show: (value) => `${value.toFixed(0)} ms` },
  { title: 'write, p50', valueOf: (of) => of.writeP50Ms, show: (value) => `${value.toFixed(0)} ms` },
  { title: 'reads of the database', valueOf: (of) => of.databaseReads, show: (value) => `${value.toFixed(0)} /s` },
]

const ROW = 22
const PANEL_WIDTH = 190
const BAR_WIDTH = 110
const NAMES_WIDTH = 140
const TOP = 30

/** One panel for each figure, one bar for each strategy, as SVG. */
export function drawStrategies(all: readonly StrategyFigures[]): string {
  const [width, height] = [NAMES_WIDTH + PANELS.length * PANEL_WIDTH, TOP + all.length * ROW + 10]
  const names = all.map(({ name }, row) => text(8, TOP + row * ROW + 14, name))
  const panels = PANELS.flatMap((panel, column) => drawPanel(panel, all, NAMES_WIDTH + column * PANEL_WIDTH))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${[...names, ...panels].join('\n')}
</svg>
`
}

function drawPanel({ title, valueOf, show }: Panel, all: readonly StrategyFigures[], x: number): string[] {
  const most = Math.max(...all.map(valueOf), Number.EPSILON)
  const bars = all.flatMap((figures, row) => {
    const value = valueOf(figures)
    const width = Math.max(1, Math.round((value / most) * BAR_WIDTH))
    const y = TOP + row * ROW
    return [
      `<rect x="${x}" y="${y}" width="${width}" height="${ROW - 6}" fill="#2f6f4f"/>`,
      text(x + width + 4, y + 13, show(value)),
    ]
  })
  return [`<g font-weight="bold">${text(x, 18, title)}</g>`, ...bars]
}

function text(x: number, y: number, shown: string): string {
  return `<text x="${x}" y="${y}" fill="#222">${shown}</text>`
}
