// The real @wecom/jssdk, and what can go wrong on the way to it.

import { boot, get } from "./page.js";

const APIS = [
  "getContext",
  "getCurExternalContact",
  "getCurExternalChat",
  "sendChatMessage",
  "openEnterpriseChat",
];

export class Failure extends Error {
  constructor(name, detail, reason) {
    super(detail);
    this.failure = name;
    this.reason = reason;
  }
}

export function isInside() {
  return /wxwork/i.test(navigator.userAgent);
}

let why = null;

// The SDK asks when it needs one; what our server says goes into the failure, not into the SDK.
function signer(kind) {
  return async (url) => {
    const query = `kind=${kind}&url=${encodeURIComponent(url)}`;
    try {
      return await (await get(`${boot.urls.signature}?${query}`)).json();
    } catch (error) {
      why = error;
      throw error;
    }
  };
}

// The SDK begins by itself as well; what fails there fails here too, where it is told in words.
window.addEventListener("unhandledrejection", (event) => {
  if (event.reason && (event.reason === why || event.reason.errMsg)) event.preventDefault();
});

export async function load() {
  if (!isInside()) throw new Failure("outside", navigator.userAgent);
  let sdk;
  try {
    sdk = await import(document.getElementById("main").dataset.sdk);
  } catch (error) {
    throw new Failure("sdk", String(error));
  }
  sdk.register({
    corpId: boot.corp,
    agentId: boot.agent,
    jsApiList: APIS,
    getConfigSignature: signer("corp"),
    getAgentConfigSignature: signer("agent"),
    onConfigFail() {},
    onAgentConfigFail() {},
  });
  try {
    await sdk.ensureAgentConfigReady();
  } catch (error) {
    throw new Failure("sign", detail(error), why && why.status ? why.message : "");
  }
  return sdk;
}

export function detail(error) {
  return String((error && (error.errMsg || error.message)) || error);
}

export function isCancelled(error) {
  return /cancel/i.test(detail(error));
}
