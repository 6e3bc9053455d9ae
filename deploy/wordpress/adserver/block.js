/* The block in the editor: a box with the slot's name. Its texts come from PHP, so that one list translates all. */
(function (blocks, element, editor, components, texts) {
  'use strict';
  const el = element.createElement;

  function text(props, name, label, help) {
    return el(components.TextControl, {
      label: label, help: help, value: props.attributes[name],
      onChange: function (value) { props.setAttributes({[name]: value}); },
    });
  }

  function Edit(props) {
    const settings = el(editor.InspectorControls, {}, el(components.PanelBody, {},
      text(props, 'name', texts.name, texts.nameNote),
      text(props, 'values', texts.values, texts.valuesNote),
      el(components.SelectControl, {
        label: texts.collapse, value: props.attributes.collapse,
        options: [['', texts.default], ['empty', texts.empty], ['before', texts.before], ['never', texts.never]]
          .map(function (option) { return {value: option[0], label: option[1]}; }),
        onChange: function (value) { props.setAttributes({collapse: value}); },
      })));
    const box = el(components.Placeholder, {
      icon: 'megaphone', label: texts.title, instructions: props.attributes.name ? undefined : texts.unnamed,
    }, text(props, 'name', texts.name));
    return el('div', editor.useBlockProps(), settings, box);
  }

  blocks.registerBlockType('adserver/slot', {
    apiVersion: 2, title: texts.title, description: texts.about, icon: 'megaphone', category: 'widgets',
    attributes: {
      name: {type: 'string', default: ''}, values: {type: 'string', default: ''}, collapse: {type: 'string', default: ''},
    },
    supports: {html: false},
    edit: Edit,
    save: function () { return null; },
  });
}(window.wp.blocks, window.wp.element, window.wp.blockEditor, window.wp.components, window.adserverBlock));
