// Proof of work (ALTCHA, version 2): find the number whose derived key begins as the challenge asks, then send the form.
(() => {
  "use strict";
  const AT_ONCE = 16;
  const notice = document.getElementById("proof");
  const form = document.getElementById("sign-up");
  const words = notice.querySelector("p");

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function derive(parameters, counter) {
    const nonce = bytes(parameters.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(parameters.salt), iterations: parameters.cost };
    return hex(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8));
  }

  async function solve(parameters) {
    for (let start = 0; ; start += AT_ONCE) {
      const counters = Array.from({ length: AT_ONCE }, (_, place) => start + place);
      const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
      const place = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
      if (place >= 0) return { counter: start + place, derivedKey: keys[place] };
    }
  }

  async function prove() {
    words.textContent = notice.dataset.working;
    const challenge = JSON.parse(notice.dataset.challenge);
    const solution = await solve(challenge.parameters);
    const proof = document.createElement("input");
    proof.type = "hidden";
    proof.name = "proof";
    proof.value = btoa(JSON.stringify({ challenge, solution }));
    form.append(proof);
    form.submit();
  }

  prove().catch(() => { words.textContent = notice.dataset.failed; });
})();
