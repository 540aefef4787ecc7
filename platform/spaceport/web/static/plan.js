// What an app may ask of this page: whether its visitor is signed in, and with which plan.

/**
 * Answer the app in the frame, and nobody else.
 *
 * Source: Hub docs, "How to get a user's status in Spaces" (spaces-get-user-plan).
 */
export function answerPlan(page, currentFrame) {
  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== page.dataset.appOrigin || source !== currentFrame()?.contentWindow) return;
    if (data?.type !== "USER_PLAN_REQUEST") return;
    source.postMessage({ type: "USER_PLAN", plan: { user: page.dataset.plan, org: undefined } }, origin);
  });
}
