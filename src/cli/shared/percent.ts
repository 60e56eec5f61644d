/** A share as people read it: `78.2%`; below a tenth of a percent `<0.1%`, and less than all is never `100%`. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1%';
  if (share > 0.999 && share < 1) return '99.9%';
  return `${(share * 100).toFixed(1)}%`;
}
