/* The block in the editor: a box with the slot's name. Its texts come from PHP, so that one list translates all. */
(function (blocks, element, editor, components, given) {
  'use strict';
  const el = element.createElement;
  const texts = given.texts;
  // A drawing, since the editor's frame has no icon font.
  const icon = el('svg', {viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': true, focusable: false},
    el('path', {fillRule: 'evenodd', d: 'M3 5h18v14H3zm1.5 1.5v11h15v-11zM7 9h10v1.5H7zm0 4h6v1.5H7z'}));
  // What later editors do by themselves; those between warn without it.
  const sized = {__next40pxDefaultSize: true, __nextHasNoMarginBottom: true};

  function text(props, name, label, more) {
    return el(components.TextControl, Object.assign({
      label: label, value: props.attributes[name], autoComplete: 'off',
      onChange: function (value) { props.setAttributes({[name]: value}); },
    }, sized, more));
  }

  function Edit(props) {
    const list = 'adserver-slots-' + props.clientId;
    const settings = el(editor.InspectorControls, {}, el(components.PanelBody, {title: texts.settings},
      text(props, 'name', texts.name, {help: texts.nameNote}),
      text(props, 'values', texts.values, {help: texts.valuesNote}),
      el(components.SelectControl, Object.assign({
        label: texts.collapse, value: props.attributes.collapse,
        options: [['', texts.default], ['empty', texts.empty], ['before', texts.before], ['never', texts.never]]
          .map(function (option) { return {value: option[0], label: option[1]}; }),
        onChange: function (value) { props.setAttributes({collapse: value}); },
      }, sized))));
    const slots = el('datalist', {id: list}, given.slots.map(function (slot) { return el('option', {key: slot, value: slot}); }));
    const box = el(components.Placeholder, {
      icon: icon, label: texts.title, instructions: props.attributes.name ? texts.named : texts.unnamed,
    }, text(props, 'name', texts.name, {list: list}), slots);
    return el('div', editor.useBlockProps(), settings, box);
  }

  blocks.registerBlockType('adserver/slot', {
    icon: icon,
    edit: Edit,
    save: function () { return null; },
    transforms: {
      from: [{
        type: 'block',
        blocks: ['core/legacy-widget'],
        isMatch: function (widget) { return widget.idBase === 'adserver_slot' && Boolean(widget.instance && widget.instance.raw); },
        transform: function (widget) {
          return blocks.createBlock('adserver/slot', {name: widget.instance.raw.name || '', values: widget.instance.raw.values || ''});
        },
      }],
    },
  });
}(window.wp.blocks, window.wp.element, window.wp.blockEditor, window.wp.components, window.adserverBlock));
