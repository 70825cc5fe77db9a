// Development only: stands in for the WeCom client below the real @wecom/jssdk, which does not
// notice. What a client would check or do is asked of the sandbox, through our own server.
(function () {
  "use strict";
  var query = new URLSearchParams(location.search);
  var calls = (window.wecomCalls = []);
  var boot = JSON.parse(document.getElementById("boot").textContent);
  var fails = query.get("sim_fail") || "";

  Object.defineProperty(navigator, "userAgent", {
    value: navigator.userAgent + " wxwork/4.1.36 MicroMessenger/7.0.1 Language/zh",
  });

  function ask(name, params) {
    var token = document.querySelector("meta[name=csrf]").content;
    return fetch(boot.urls.client, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      keepalive: true,
      body: JSON.stringify({
        name: name,
        params: params,
        url: location.href.split("#")[0],
        contact: query.get("sim_contact") || "",
        chat: query.get("sim_chat") || "",
      }),
    }).then(function (answer) { return answer.json(); });
  }

  function here(values) { return Promise.resolve(values); }

  var known = {
    getContext: function () {
      return here({ entry: query.get("sim_entry") || "normal" });
    },
    getCurExternalContact: function () {
      var contact = query.get("sim_contact");
      return here(contact ? { userId: contact } : { err_msg: "getCurExternalContact:fail no permission" });
    },
    getCurExternalChat: function () {
      var chat = query.get("sim_chat");
      return here(chat ? { chatId: chat } : { err_msg: "getCurExternalChat:fail no permission" });
    },
    openEnterpriseChat: function (params) {
      var contact = (params.externalUserIds || "").split(";")[0];
      location.href = "/sidebar/?sim_entry=single_chat_tools&sim_contact=" + encodeURIComponent(contact);
      return here({});
    },
    openUserProfile: function () { return here({}); },
  };

  function answer(name, params) {
    if (fails === name) {
      var why = name === "sendChatMessage" ? "cancel" : "fail no permission";
      return here({ err_msg: name + ":" + why });
    }
    return known[name] ? known[name](params) : ask(name, params);
  }

  window.WeixinJSBridge = {
    invoke: function (name, params, done) {
      calls.push({ name: name, params: params });
      answer(name, params).then(
        function (values) { done(Object.assign({ err_msg: name + ":ok" }, values)); },
        function () { done({ err_msg: name + ":fail" }); },
      );
    },
    on: function () {},
  };
})();
