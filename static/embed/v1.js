/* Newsroom's embedded sign-up form, version 1: a web component without dependencies, cookies or requests to anyone
   but the site it came from. docs/embedding.md says what may be written around it. */
(() => {
  "use strict";
  const TAG = "newsroom-signup";
  const script = document.currentScript;
  const home = script && (script.dataset.site || new URL(script.src).origin);
  const nonce = script && script.nonce;
  const STYLES = "{styles}";
  const PATIENCE = 20000; // milliseconds that an answer may take
  const RETRIES = [3000, 15000, 60000]; // after a form that did not load
  let sheet;
  let count = 0;

  /* Constructed sheets need no leave from the page's policy; older browsers get an element with the script's nonce. */
  const dress = (root) => {
    try {
      if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLES);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", { nonce, textContent: STYLES }));
    }
  };

  const make = (tag, given, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (value === null || value === undefined || value === false || value === "") continue;
      if (name in node && !/^(part|list|form)$/.test(name)) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter(Boolean));
    return node;
  };

  const ask = async (url, options) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch(url, { credentials: "omit", signal: stop.signal, ...options });
      return { status: answer.status, ...(await answer.json()) };
    } finally {
      clearTimeout(timer);
    }
  };

  const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /* ALTCHA's second protocol. The browser derives keys on threads of its own, so the page never waits. */
  const derive = async ({ algorithm, cost, keyLength, salt }, password) => {
    const [, hash = algorithm] = algorithm.split("/");
    if (/^PBKDF2/.test(algorithm)) {
      const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      const how = { name: "PBKDF2", hash, salt: bytes(salt), iterations: cost };
      return crypto.subtle.deriveBits(how, key, keyLength * 8);
    }
    let data = new Uint8Array([...bytes(salt), ...password]);
    for (let round = 0; round < Math.max(1, cost); round++) data = await crypto.subtle.digest(hash, data);
    return data.slice(0, keyLength);
  };

  const solve = async (challenge) => {
    const { nonce: start, keyPrefix } = challenge.parameters;
    const head = bytes(start);
    const attempt = async (counter) => {
      const password = new Uint8Array(head.length + 4);
      password.set(head);
      new DataView(password.buffer).setUint32(head.length, counter);
      return { counter, derivedKey: hex(await derive(challenge.parameters, password)) };
    };
    for (let first = 0; ; first += 8) {
      const tried = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((step) => attempt(first + step)));
      const solution = tried.find(({ derivedKey }) => derivedKey.startsWith(keyPrefix));
      if (solution) return btoa(JSON.stringify({ challenge, solution }));
    }
  };

  /* Black or white, whichever is read more easily on a colour written #rrggbb (WCAG's relative luminance). */
  const inkOn = (colour) => {
    const [red, green, blue] = [...bytes(colour.slice(1))].map((byte) => (byte / 255) ** 2.2);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
  };

  /* The page's own name for itself, without what may be a reader's own in its query. */
  const pageUrl = () => {
    const link = document.querySelector("link[rel=canonical]");
    const url = new URL((link && link.href) || location.href, location.href);
    return url.origin === location.origin ? url.origin + url.pathname + (link ? url.search : "") : location.origin + location.pathname;
  };

  class Signup extends HTMLElement {
    #config;
    #failures = 0;
    #busy = false;
    #doubted = "";

    connectedCallback() {
      if (this.shadowRoot) return;
      dress(this.attachShadow({ mode: "open" }));
      this.shadowRoot.append(make("slot", {}));
      if (Object.hasOwn(this, "config")) { // set before the element was defined
        this.#config = this.config;
        delete this.config;
      }
      if (this.#config) this.#show();
      else if (!this.hasAttribute("preview")) this.#whenNear(() => this.#load());
    }

    /* What the form shows; set by script only for a preview. */
    get config() { return this.#config; }
    set config(config) {
      this.#config = config;
      if (this.shadowRoot) this.#show();
    }

    get #url() { return `${this.getAttribute("site") || home}/embed/${encodeURIComponent(this.getAttribute("form"))}/`; }

    #whenNear(act) {
      const watcher = new IntersectionObserver((seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        act();
      }, { rootMargin: "800px" });
      watcher.observe(this);
    }

    async #load() {
      const near = this.closest("[lang]");
      const lang = this.getAttribute("lang") || (near && near.lang) || "";
      try {
        const config = await ask(`${this.#url}config.json?lang=${encodeURIComponent(lang)}`);
        if (config.message) console.error(`${TAG}: ${config.message}`);
        if (!config.words) return;
        this.config = config;
        this.#tell("ready");
      } catch (error) {
        console.error(`${TAG}: the form ${this.getAttribute("form")} could not be loaded. Unless the network is down, `
          + `there is no such form, or ${location.origin} is not among its allowed origins (Embedded forms, in the admin).`, error);
        const pause = RETRIES[this.#failures++];
        if (pause) setTimeout(() => this.#load(), pause);
      }
    }

    #tell(name, detail = {}) {
      const options = { bubbles: true, composed: true, detail: { form: this.getAttribute("form"), ...detail } };
      this.dispatchEvent(new CustomEvent(`${TAG}:${name}`, options));
    }

    #show() {
      const { lang, dir, theme, palette, ended } = this.#config;
      const chosen = this.getAttribute("theme");
      const look = /^(auto|light|dark)$/.test(chosen) ? chosen : theme;
      const box = make("div", { part: "box", className: `box ${look}`, lang, dir }, ended ? this.#ended() : this.#form());
      const accent = this.getAttribute("accent");
      const colours = /^#[0-9a-f]{6}$/i.test(accent)
        ? { "--accent-light": accent, "--accent-dark": accent, "--on-light": inkOn(accent), "--on-dark": inkOn(accent) }
        : palette;
      for (const [name, value] of Object.entries(colours)) box.style.setProperty(name, value);
      const old = this.shadowRoot.querySelector(".box, slot");
      old.replaceWith(box);
    }

    #ended() {
      const { ended, words, more_url: href } = this.#config;
      return make("p", { part: "ended" }, `${ended} `, make("a", { href }, words.more));
    }

    #heading(text) {
      const level = /^[1-6]$/.test(this.getAttribute("level")) ? this.getAttribute("level") : 2;
      return text && make(`h${level}`, { className: "headline", part: "headline", dir: "auto", textContent: text });
    }

    #form() {
      const { words, headline, copy, button, shown, privacy_url: href } = this.#config;
      const text = this.getAttribute("copy") || copy;
      const number = ++count;
      const form = make("form", { part: "form", noValidate: true },
        this.#heading(this.getAttribute("headline") || headline),
        text && make("p", { className: "copy", part: "copy", dir: "auto", textContent: text }),
        this.#choice(),
        make("p", { className: "error", part: "error", id: "newsletters-error" }),
        make("label", { className: "label", part: "label", htmlFor: "address", textContent: words.address }),
        make("p", { className: "error", part: "error", id: "address-error" }),
        make("div", { className: "line" },
          make("input", { part: "input", type: "email", id: "address", name: "address", maxLength: 254, required: true,
            autocomplete: "email", autocapitalize: "none", spellcheck: "false", "aria-describedby": "address-error" }),
          make("button", { part: "button", type: "submit", textContent: this.getAttribute("button") || button })),
        make("p", { className: "error", part: "error", id: "form-error", role: "alert" }),
        make("p", { className: "status", part: "status", role: "status" }),
        make("p", { className: "note", part: "note" }, `${words.note} `,
          href && make("a", { href, textContent: words.privacy })),
        make("div", { className: "trap", "aria-hidden": "true" },
          make("label", { htmlFor: `trap-${number}`, textContent: words.trap }),
          make("input", { id: `trap-${number}`, name: "website", tabIndex: -1, autocomplete: "off" })),
        make("input", { type: "hidden", name: "shown", value: shown }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#send(form);
      });
      return form;
    }

    /* The form's newsletters; `newsletters="slug slug"` leaves out the others. */
    #choice() {
      const { words, choose } = this.#config;
      const only = (this.getAttribute("newsletters") || "").split(/[\s,]+/).filter(Boolean);
      const all = this.#config.newsletters;
      const some = all.filter(({ slug }) => only.includes(slug));
      const offered = some.length ? some : all;
      if (!choose || offered.length === 1) {
        return make("ul", { className: "picks", part: "newsletters" }, ...offered.map((one) =>
          make("li", { className: "pick", part: "newsletter" },
            make("input", { type: "hidden", name: "newsletters", value: one.slug }), this.#about(one, "span"))));
      }
      return make("fieldset", { part: "newsletters", "aria-describedby": "newsletters-error" },
        make("legend", { part: "legend", textContent: words.choose }),
        make("div", { className: "picks" }, ...offered.map((one) =>
          make("div", { className: "pick", part: "newsletter" },
            make("input", { type: "checkbox", part: "checkbox", id: `n-${one.slug}`, name: "newsletters", value: one.slug,
              checked: one.preselected, "aria-describedby": `d-${one.slug}` }), this.#about(one, "label")))));
    }

    #about({ slug, name, frequency, promise, lang, dir }, tag) {
      return make("div", { lang, dir },
        make(tag, { className: "name", htmlFor: tag === "label" && `n-${slug}`, textContent: name }), " ",
        make("span", { id: `d-${slug}` },
          frequency && make("span", { className: "when", textContent: frequency }),
          promise && make("span", { className: "promise", textContent: promise })));
    }

    async #send(form) {
      if (this.#busy) return;
      const body = new URLSearchParams(new FormData(form));
      body.set("page", pageUrl());
      body.set("lang", this.#config.lang);
      // Sent again as it was after “Did you mean …?”, it is meant.
      if (this.#doubted && this.#doubted === body.get("address")) body.set("sure", this.#doubted);
      this.#busy = true;
      this.#fail(form, {});
      this.#say(form, this.#config.words.sending);
      try {
        const answer = this.hasAttribute("preview") ? { status: 200 } : await this.#post(form, body);
        if (answer.status === 200) this.#thank(body.getAll("newsletters"));
        else this.#fail(form, answer.errors || { form: this.#config.words.trouble }, answer);
      } catch {
        this.#fail(form, { form: this.#config.words.trouble });
      } finally {
        this.#busy = false;
        this.#say(form, "");
      }
    }

    /* Asked for a proof of work, it does the work and sends the same again. */
    async #post(form, body) {
      const url = `${this.#url}sign-up.json`;
      const answer = await ask(url, { method: "POST", body });
      if (!answer.challenge || !globalThis.crypto || !crypto.subtle) return answer;
      this.#say(form, this.#config.words.checking);
      body.set("proof", await solve(answer.challenge));
      return ask(url, { method: "POST", body });
    }

    #say(form, text) {
      form.querySelector(".status").textContent = text;
      form.toggleAttribute("aria-busy", Boolean(text));
      const button = form.querySelector("[type=submit]");
      if (text) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }

    #fail(form, errors, { message, suggestion } = {}) {
      for (const name of ["newsletters", "address", "form"]) {
        form.querySelector(`#${name}-error`).textContent = errors[name] || "";
      }
      const address = form.querySelector("#address");
      if (errors.address) address.setAttribute("aria-invalid", "true");
      else address.removeAttribute("aria-invalid");
      if (message) console.error(`${TAG}: ${message}`);
      if (suggestion) this.#suggest(form, address, suggestion);
      if (!Object.keys(errors).length) return;
      const first = errors.newsletters ? form.querySelector("[type=checkbox]") : errors.address && address;
      (first || form.querySelector("[type=submit]")).focus();
      this.#tell("error", { errors });
    }

    #suggest(form, address, suggestion) {
      this.#doubted = address.value;
      const use = make("button", { part: "suggestion", type: "button", className: "quiet", textContent: this.#config.words.use });
      use.addEventListener("click", () => {
        address.value = suggestion;
        address.focus();
        this.#send(form);
      });
      form.querySelector("#address-error").append(" ", use);
    }

    #thank(newsletters) {
      const { words, success } = this.#config;
      const done = make("div", { className: "done", part: "success", tabIndex: -1 },
        this.#heading(words.done), success && make("p", { dir: "auto", textContent: success }), make("p", { textContent: words.next }));
      this.shadowRoot.querySelector("form").replaceWith(done);
      done.focus();
      this.#tell("success", { newsletters });
    }
  }

  if (!customElements.get(TAG)) customElements.define(TAG, Signup);
  if (script && script.dataset.form) {
    const node = document.createElement(TAG);
    for (const [name, value] of Object.entries(script.dataset)) node.setAttribute(name, value);
    if (script.closest("head")) console.error(`${TAG}: put the script where the form shall stand, not into the head.`);
    script.after(node);
  }
})();
