// The widget's page, in its frame: `/widget/{key}?group=…`.
import { startVisitorChat } from "/shared/visitor-chat.js";

const key = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) || "");
const group = new URLSearchParams(location.search).get("group") || undefined;
startVisitorChat({ key, group });
