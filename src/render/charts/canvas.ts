/** A grid of terminal cells, each with a character and the series that it belongs to. */
export class Canvas {
  readonly #cells: string[][];
  readonly #series: number[][];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#cells = Array.from({ length: height }, () => Array.from({ length: width }, () => ' '));
    this.#series = Array.from({ length: height }, () => Array.from({ length: width }, () => -1));
  }

  /** Puts a character into a cell; one outside is ignored. @param row from above */
  set(column: number, row: number, character: string, series: number): void {
    if (row < 0 || row >= this.height || column < 0 || column >= this.width) return;
    this.#cells[row]![column] = character;
    this.#series[row]![column] = series;
  }

  get(column: number, row: number): string {
    return this.#cells[row]?.[column] ?? ' ';
  }

  /** The rows as text. @param paint colours the cells of a series */
  lines(paint: (series: number, text: string) => string): string[] {
    return this.#cells.map((cells, row) => {
      const series = this.#series[row]!;
      let line = '';
      for (let from = 0; from < cells.length;) {
        let to = from + 1;
        while (to < cells.length && series[to] === series[from]) to++;
        const text = cells.slice(from, to).join('');
        line += series[from]! < 0 ? text : paint(series[from]!, text);
        from = to;
      }
      return line;
    });
  }
}
