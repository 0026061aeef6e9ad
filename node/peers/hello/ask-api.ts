/** Asks the API of another library, within bounds. What does not answer in time, or not in JSON, does not answer. */
import { limits } from '../../../core/limits.ts';

/** With `limits.strangerMs` before it, well within the 15 s after which who is let in nowhere knows why. */
export const ANSWER_MS = 3_000;

export async function askApi(api: string, call: 'status' | 'members'): Promise<unknown> {
  try {
    const response = await fetch(`${api.replace(/\/+$/, '')}/api/${call}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok || response.body === null) return undefined;
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > limits.apiAnswerBytesMax) return undefined;
    }
    return JSON.parse(text);
  } catch {
    return undefined; // whatever it was: nobody answers there
  }
}
