/** Marks that a script of a hostile string ran: the title of the page becomes this. */
export const PWNED = 'PWNED';

const act = `document.title='${PWNED}'`;

/** Strings that would run a script, load something or change the page if they were not escaped. */
export const HOSTILE_STRINGS: readonly string[] = [
  `<script>${act}</script>`,
  `</script><script>${act}</script>`,
  `</title><script>${act}</script>`,
  `</style><script>${act}</script>`,
  `<img src=x onerror="${act}">`,
  `"><svg onload="${act}">`,
  `' onmouseover='${act}`,
  `" autofocus onfocus="${act}" x="`,
  `<svg><script href="data:text/javascript,${act}"/></svg>`,
  `<style>@import url(http://hostile.invalid/hostile.css);</style>`,
  `<link rel=stylesheet href=http://hostile.invalid/hostile.css>`,
  `<iframe srcdoc="<script>parent.${act}</script>"></iframe>`,
  `<a href="javascript:${act}">x</a>`,
  `<meta http-equiv=refresh content="0;url=http://hostile.invalid/">`,
  `]]><script>${act}</script>`,
  `--><script>${act}</script><!--`,
  `<image href="http://hostile.invalid/hostile.png"/>`,
  `&lt;b&gt; &amp; {{constructor.constructor("${act}")()}} {a|b} {b}`,
  `\u202eevil\u2066 \u0000\u0008\u001b[31m \ud800 \ufffe`,
];
