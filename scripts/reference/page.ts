const NOTE = '<!-- Written by `npm run generate` from the code. Do not edit. -->'

/** A generated page of Markdown. */
export function page(title: string, lines: readonly string[]): string {
  return `${NOTE}\n\n# ${title}\n\n${lines.join('\n').trimEnd()}\n`
}

/** One row of a table; what would break the table is taken out of its cells. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
