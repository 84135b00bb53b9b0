/**
 * The looks of `<duet-chat>`. As text in a module and not as a file of its own, so that it is there together with the component, and
 * a page that embeds it need not allow styles from elsewhere.
 */
const css = String.raw;

const colours = css`
  :host {
    --_accent: var(--duet-accent, light-dark(#3d5afe, #8c9eff));
    --_on-accent: var(--duet-on-accent, light-dark(#ffffff, #0d1330));
    --_accent-text: var(--duet-accent-text, light-dark(#2f45c5, #a9b6ff));
    --_accent-faint: color-mix(in oklab, var(--_accent) 11%, var(--_surface));
    --_surface: var(--duet-surface, light-dark(#ffffff, #1a1c22));
    --_side: var(--duet-side, light-dark(#f7f7f9, #15171c));
    --_canvas: var(--duet-canvas, light-dark(#f0f1f5, #101217));
    --_raised: var(--duet-raised, light-dark(#ffffff, #23262e));
    --_line: var(--duet-line, light-dark(#e2e4ea, #2a2d36));
    --_text: var(--duet-text, light-dark(#1a1c23, #e9eaef));
    --_quiet: var(--duet-quiet, light-dark(#5c6170, #a1a6b5));
    --_mine: var(--duet-mine, light-dark(#dfe5ff, #2b3566));
    --_mine-text: var(--duet-mine-text, light-dark(#131a3a, #eef0ff));
    --_mine-quiet: color-mix(in oklab, var(--_mine-text) 72%, var(--_mine));
    --_read: light-dark(#1463c8, #86c5ff);
    --_online: light-dark(#12804a, #4ad08d);
    --_danger: light-dark(#b3261e, #ffa69e);
    --_danger-faint: light-dark(#fdeceb, #3b2221);
    --_warning-faint: light-dark(#fff4d6, #3a321b);
    --_radius: var(--duet-radius, 14px);
    --_font: var(--duet-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji");
    --_shadow: 0 1px 1.5px light-dark(rgb(20 24 50 / .09), rgb(0 0 0 / .45));
    --_shadow-big: 0 10px 32px light-dark(rgb(20 24 50 / .16), rgb(0 0 0 / .55));
  }
  .hue-0 { background: #4f66d0; } .hue-1 { background: #247982; } .hue-2 { background: #8452bd; } .hue-3 { background: #a94f28; }
  .hue-4 { background: #35774a; } .hue-5 { background: #a0407a; } .hue-6 { background: #56678a; } .hue-7 { background: #856117; }
`;

const base = css`
  :host {
    display: block; height: 100%; min-height: 20rem; color-scheme: light dark; container: duet / inline-size;
    color: var(--_text); background: var(--_canvas); font: 15px/1.45 var(--_font); -webkit-text-size-adjust: 100%;
  }
  :host([theme="light"]) { color-scheme: light; }
  :host([theme="dark"]) { color-scheme: dark; }
  :host([hidden]), [hidden] { display: none !important; }
  *, ::before, ::after { box-sizing: border-box; }
  h2, p, ol, ul { margin: 0; padding: 0; }
  ol, ul { list-style: none; }
  button, input, textarea { font: inherit; color: inherit; }
  button { cursor: pointer; }
  button:disabled { cursor: default; }
  :focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }

  .icon { width: 1.25rem; height: 1.25rem; display: block; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  .link { border: 0; padding: .1rem .25rem; background: none; color: var(--_accent-text); font-weight: 600; text-decoration: underline; text-underline-offset: 2px; border-radius: 4px; }
  .round { display: grid; place-items: center; flex: none; width: 2.5rem; height: 2.5rem; border: 0; border-radius: 50%; background: none; color: var(--_quiet); }
  .round:hover { background: var(--_line); color: var(--_text); }
  .badge {
    flex: none; min-width: 1.3rem; padding: 0 .4rem; border-radius: .65rem; text-align: center; font-variant-numeric: tabular-nums;
    background: var(--_accent); color: var(--_on-accent); font-size: .75rem; font-weight: 650; line-height: 1.3rem;
  }
  .avatar {
    display: grid; place-items: center; flex: none; width: 2.75rem; height: 2.75rem; border-radius: 50%;
    color: #fff; font-size: .92rem; font-weight: 600; letter-spacing: .01em; text-transform: uppercase; user-select: none;
  }
  .hidden-text { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  .duet { position: relative; display: flex; flex-direction: column; height: 100%; min-height: inherit; overflow: hidden; }
  .banner {
    display: flex; flex-wrap: wrap; justify-content: center; align-items: center; gap: 0 .6rem; padding: .45rem 1rem;
    background: var(--_warning-faint); border-bottom: 1px solid var(--_line); font-size: .9rem; text-align: center;
  }
  .banner.failure { background: var(--_danger-faint); color: var(--_danger); }
  .banner[data-state="connecting"] { background: var(--_side); color: var(--_quiet); }

  .panes { display: grid; grid-template-columns: minmax(16rem, 22rem) minmax(0, 1fr); grid-template-rows: minmax(0, 1fr); flex: 1; min-height: 0; }
  .bar { display: flex; align-items: center; gap: .65rem; height: 3.75rem; padding: 0 .75rem 0 1rem; flex: none; }
  .grow { flex: 1; min-width: 0; }
`;

const side = css`
  .side { display: flex; flex-direction: column; min-height: 0; border-inline-end: 1px solid var(--_line); background: var(--_side); }
  .brand { display: flex; align-items: center; gap: .5rem; font-size: 1.15rem; font-weight: 700; letter-spacing: -.02em; }
  .brand .icon { width: 1.6rem; height: 1.6rem; color: var(--_accent); }

  .search { display: block; padding: 0 .75rem .6rem; }
  .search-field { position: relative; }
  .search-field .icon { position: absolute; inset-inline-start: .75rem; top: 50%; width: 1.05rem; height: 1.05rem; translate: 0 -50%; color: var(--_quiet); pointer-events: none; }
  .search input {
    width: 100%; padding: .5rem .8rem; padding-inline-start: 2.3rem; border: 1px solid var(--_line); border-radius: 10px; background: var(--_surface); font-size: max(1em, 15px);
  }
  .search input::placeholder, .composer textarea::placeholder { color: var(--_quiet); opacity: 1; }
  .search input:focus { border-color: var(--_accent); outline: 1px solid var(--_accent); outline-offset: -1px; }
  .people { margin-top: .4rem; padding: .3rem; max-height: 22rem; overflow-y: auto; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_raised); box-shadow: var(--_shadow-big); }
  .person { display: flex; align-items: center; gap: .7rem; padding: .4rem .6rem; border-radius: 9px; cursor: pointer; overflow-wrap: anywhere; }
  .person .avatar { width: 2rem; height: 2rem; font-size: .75rem; }
  .person:hover, .person[aria-selected="true"] { background: var(--_accent-faint); }
  .person[aria-selected="true"] { box-shadow: inset 0 0 0 2px var(--_accent); }
  .side-note { padding: .5rem .5rem 1rem; color: var(--_quiet); font-size: .92rem; }
  .conversations > .side-note { padding: 1rem 1.25rem; }

  .conversations { flex: 1; min-height: 0; overflow-y: auto; scrollbar-width: thin; overflow-anchor: none; }
  .rows { position: relative; }
  .rows > li { position: absolute; inset-inline: 0; top: 0; height: 68px; padding: 1px .5rem; contain: strict; }
  .conversation { display: flex; align-items: center; gap: .75rem; width: 100%; height: 100%; padding: 0 .6rem; border: 0; border-radius: 11px; background: none; text-align: start; }
  .conversation:hover { background: light-dark(rgb(20 24 50 / .05), rgb(255 255 255 / .05)); }
  .conversation[aria-current] { background: var(--_accent-faint); }
  .conversation:focus-visible { outline-offset: -2px; }
  .face { position: relative; flex: none; }
  .dot { position: absolute; inset-inline-end: -1px; bottom: -1px; width: .82rem; height: .82rem; border: 2px solid var(--_side); border-radius: 50%; background: var(--_online); }
  .lines { flex: 1; min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: .1rem; }
  .line { display: flex; align-items: baseline; gap: .4rem; }
  .name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
  .when { flex: none; color: var(--_quiet); font-size: .78rem; font-variant-numeric: tabular-nums; }
  .preview { flex: 1; min-width: 0; min-height: 1.35rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--_quiet); font-size: .9rem; }
  .preview.typing { color: var(--_online); }
  .preview.draft { color: var(--_accent-text); }
  .unread .preview:not(.typing) { color: var(--_text); font-weight: 500; }
  .unread .when { color: var(--_accent-text); font-weight: 600; }
`;

const thread = css`
  .main { display: flex; flex-direction: column; min-width: 0; min-height: 0; background: var(--_canvas); }
  .nothing-open { display: grid; place-content: center; justify-items: center; gap: 1rem; flex: 1; padding: 2rem; color: var(--_quiet); text-align: center; }
  .nothing-open .icon { width: 4rem; height: 4rem; stroke-width: 1.2; color: var(--_accent); opacity: .5; }

  .thread { position: relative; display: flex; flex-direction: column; flex: 1; min-height: 0; }
  .thread-bar { background: var(--_surface); border-bottom: 1px solid var(--_line); }
  .thread-bar .back { margin-inline-start: -.5rem; }
  .thread-bar .avatar { width: 2.3rem; height: 2.3rem; font-size: .8rem; }
  .peer { min-width: 0; }
  .peer h2 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 1rem; font-weight: 650; line-height: 1.3; }
  .peer-state { color: var(--_quiet); font-size: .82rem; line-height: 1.25; min-height: 1.02rem; }
  .peer-state[data-state="online"], .peer-state[data-state="typing"] { color: var(--_online); }

  .scroll { position: relative; display: flex; flex-direction: column; flex: 1; min-height: 0; overflow-y: auto; overflow-x: hidden; overflow-anchor: none; padding: 1rem max(1rem, (100% - 50rem) / 2) .4rem; scrollbar-width: thin; }
  .scroll::before { content: ""; flex: 1; }
  .scroll:focus-visible { outline-offset: -2px; }
  .older { padding: .5rem 0 1rem; text-align: center; color: var(--_quiet); font-size: .86rem; }

  .message { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: start; margin-top: .65rem; border-radius: 12px; }
  .message.follows { margin-top: .15rem; }
  .message.mine { justify-items: end; }
  .day, .unread-line { justify-self: stretch; display: flex; align-items: center; gap: .75rem; margin: .6rem 0 .8rem; font-size: .78rem; font-weight: 600; color: var(--_quiet); }
  .day { justify-content: center; }
  .day span { padding: .2rem .75rem; border-radius: 999px; background: var(--_surface); box-shadow: var(--_shadow); }
  .unread-line { color: var(--_accent-text); }
  .unread-line::before, .unread-line::after { content: ""; flex: 1; height: 1px; background: currentColor; opacity: .45; }

  .bubble { position: relative; display: flex; flex-wrap: wrap; align-items: flex-end; gap: 0 .7rem; max-width: min(80%, 36rem); padding: .45rem .75rem .4rem; border-radius: var(--_radius); background: var(--_raised); box-shadow: var(--_shadow); }
  .message:not(.mine):not(.follows) .bubble { border-start-start-radius: 4px; }
  .mine:not(.follows) .bubble { border-start-end-radius: 4px; }
  .mine .bubble { background: var(--_mine); color: var(--_mine-text); }
  .text { flex: 0 1 auto; min-width: 0; margin-inline-end: auto; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; tab-size: 4; }
  .text.emoji { font-size: 2.3rem; line-height: 1.2; }
  .text a { color: var(--_accent-text); text-underline-offset: 2px; unicode-bidi: isolate; }
  .mine .text a { color: inherit; }
  .meta { display: flex; margin-inline-start: auto; justify-content: flex-end; align-items: center; gap: .25rem; color: var(--_quiet); font-size: .72rem; line-height: 1.45; font-variant-numeric: tabular-nums; user-select: none; }
  .mine .meta { color: var(--_mine-quiet); }
  .progress .icon { width: 1.05rem; height: 1.05rem; stroke-width: 2; }
  [data-progress="sending"] .progress .icon { width: .85rem; height: .85rem; }
  [data-progress="read"] .progress { color: var(--_read); }
  [data-progress="failed"] .bubble { background: var(--_danger-faint); color: var(--_text); }
  [data-progress="failed"] .progress { color: var(--_danger); }
  .refusal { max-width: 36rem; margin-top: .25rem; color: var(--_danger); font-size: .86rem; text-align: end; }

  .copy {
    position: absolute; top: .15rem; inset-inline-end: calc(100% + .3rem); display: grid; place-items: center; width: 2rem; height: 2rem; border: 0; border-radius: 50%;
    background: var(--_surface); color: var(--_quiet); box-shadow: var(--_shadow); opacity: 0; pointer-events: none;
  }
  .message:not(.mine) .copy { inset-inline: calc(100% + .3rem) auto; }
  .copy .icon { width: 1rem; height: 1rem; }
  .copy:hover { color: var(--_text); }
  .copy.done { color: var(--_online); }
  @media (hover: hover) { .message:hover .copy { opacity: 1; pointer-events: auto; } }
  .message:focus-within .copy { opacity: 1; pointer-events: auto; }

  .to-newest {
    position: absolute; inset-inline-end: 1.25rem; bottom: 5rem; display: grid; place-items: center; width: 2.6rem; height: 2.6rem;
    border: 1px solid var(--_line); border-radius: 50%; background: var(--_raised); box-shadow: var(--_shadow-big); color: var(--_quiet);
  }
  .to-newest:hover { color: var(--_text); }
  .to-newest .badge { position: absolute; top: -.55rem; }

  .composer {
    display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: end; gap: .2rem .55rem; flex: none;
    padding: .6rem max(1rem, (100% - 50rem) / 2) max(.7rem, env(safe-area-inset-bottom));
  }
  .composer textarea {
    display: block; width: 100%; min-height: 2.75rem; padding: .6rem 1rem; border: 1px solid var(--_line); border-radius: 1.375rem; resize: none;
    background: var(--_surface); line-height: 1.45; font-size: max(1em, 16px); overflow-wrap: anywhere; scrollbar-width: thin;
  }
  .composer textarea:focus { border-color: var(--_accent); outline: 1px solid var(--_accent); outline-offset: -1px; }
  .composer textarea[aria-invalid="true"] { border-color: var(--_danger); outline-color: var(--_danger); }
  .send { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border: 0; border-radius: 50%; background: var(--_accent); color: var(--_on-accent); }
  .send:hover:enabled { filter: brightness(1.08); }
  .send:disabled { background: var(--_line); color: var(--_quiet); }
  .counter { grid-column: 1 / -1; padding-inline-start: 1rem; color: var(--_quiet); font-size: .8rem; font-variant-numeric: tabular-nums; }
  .counter.over { color: var(--_danger); font-weight: 600; }
`;

const widths = css`
  @container duet (max-width: 44rem) {
    .panes { grid-template-columns: minmax(0, 1fr); }
    .side { border: 0; }
    .panes:not(.reading) .main, .panes.reading .side { display: none; }
    .bubble { max-width: calc(100% - 2.8rem); }
    .scroll { padding-inline: .75rem; }
    .composer { padding-inline: .75rem; }
  }
  @container duet (min-width: 44.01rem) {
    .back { display: none; }
  }
  @media (prefers-reduced-motion: no-preference) {
    .copy { transition: opacity .12s; }
    .outgoing .message:last-child { animation: rise .16s ease-out; }
    @keyframes rise { from { opacity: 0; translate: 0 .4rem; } }
  }
  @media (forced-colors: active) {
    .bubble, .day span, .badge { border: 1px solid; }
    .conversation[aria-current] { outline: 2px solid Highlight; outline-offset: -2px; }
  }
`;

export function stylesheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(colours + base + side + thread + widths);
  return sheet;
}
