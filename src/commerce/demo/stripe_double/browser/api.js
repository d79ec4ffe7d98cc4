// What the frames ask of the API, with the publishable key, as their page has it. Why a card was declined, they say in its
// language.

import { texts } from "./texts.js";

async function call(method, path, params) {
  const form = new URLSearchParams(params);
  const request = method === "GET" ? fetch(`${path}?${form}`) : fetch(path, { method, body: form });
  const reply = await request.catch(() => null);
  if (reply) return reply.json();
  return { error: { type: "api_connection_error", message: "We couldn't connect to Stripe. Check your connection." } };
}

export const retrieve = ({ path, clientSecret, key }) => call("GET", path, { key, client_secret: clientSecret });

export async function confirm({ path, clientSecret, confirmParams, key, locale }, card = {}) {
  const answer = await call("POST", `${path}/confirm`, { key, client_secret: clientSecret, ...confirmParams, ...card });
  const { error } = answer;
  const message = error && texts(locale).declines[error.decline_code ?? error.code];
  return message ? { ...answer, error: { ...error, message } } : answer;
}

// Answers each question that the page's script asks over its line; `answer` may tell more over it by itself.
export function serve(answer) {
  addEventListener("message", ({ data, ports: [port] }) => {
    if (data !== "connect" || !port) return;
    port.onmessage = async ({ data: question }) => {
      port.postMessage({ id: question.id, answer: await answer(question, (news) => port.postMessage(news)) });
    };
  });
}
