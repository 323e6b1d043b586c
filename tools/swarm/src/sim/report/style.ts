/** How the page looks. Two colours that can be told apart without seeing colour, and grey for what nothing can beat. */
export const STYLE: string = `
:root{color-scheme:light;--ink:#1c2330;--soft:#5b6474;--line:#e3e7ee;--first:#1f5fbf;--second:#c2571a;--third:#2f8f5b;--bound:#9aa3b2}
body{margin:0;background:#fff;color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:960px;margin:0 auto;padding:36px 24px 60px}
h1{font-size:30px;line-height:1.2;margin:0 0 10px}h2{font-size:20px;margin:40px 0 8px}h3{font-size:15px;margin:0 0 4px}
p{margin:8px 0}.lead{color:var(--soft);max-width:76ch}.aside,figcaption{color:var(--soft);font-size:14px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin:22px 0 0}
.tiles div{border:1px solid var(--line);border-radius:8px;padding:10px 12px}.tiles b{display:block;font-size:22px}
.tiles span{display:block;color:var(--soft);font-size:13px;line-height:1.35}
svg{display:block;width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}.grid{stroke:var(--line)}
.line{fill:none;stroke-width:2}.line.first,.line.first-dashed{stroke:var(--first)}.line.second,.line.second-dashed{stroke:var(--second)}
.line.third{stroke:var(--third)}.line.bound{stroke:var(--bound);stroke-dasharray:2 3}
.line.first-dashed,.line.second-dashed{stroke-dasharray:6 4;opacity:.75}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:2px 0 6px;font-size:13px;color:var(--soft)}.legend .what{color:var(--ink)}
.key{display:inline-block;width:18px;margin-right:5px;vertical-align:middle;border-top:3px solid var(--first)}
.key.second,.key.second-dashed{border-color:var(--second)}.key.third{border-color:var(--third)}.key.bound{border-color:var(--bound)}
.key.bound,.key.first-dashed,.key.second-dashed{border-top-style:dashed}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:22px 24px;margin:12px 0}figure{margin:0}
table{border-collapse:collapse;width:100%;font-size:14px;margin:10px 0}th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}
tr:first-child th{color:var(--soft);font-weight:500}.bar{display:inline-block;width:110px;height:10px;margin-right:8px;background:#f1f3f7;border-radius:3px}
.narrow{display:none}@media(max-width:620px){.narrow{display:block}.wide,.bar{display:none}main{padding:24px 16px 40px}}
.bar i{display:block;height:10px;border-radius:3px;background:var(--first)}.bar i.bound{background:var(--bound)}
footer{margin-top:44px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}code{font-size:12.5px;background:#f5f7fa;padding:1px 4px;border-radius:3px}
`;
