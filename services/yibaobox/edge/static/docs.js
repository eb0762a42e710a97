"use strict";
(function () {
  const place = document.getElementById("docs");
  SwaggerUIBundle({ url: place.dataset.spec, domNode: place, deepLinking: true, validatorUrl: null });
})();
